import '@mantine/core/styles/Input.css';
import { showPage } from '../page.tsx';
import { EnrollPage } from './enroll-page.tsx';

showPage(<EnrollPage />);
