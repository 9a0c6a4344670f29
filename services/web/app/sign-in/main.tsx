import '@mantine/core/styles/Input.css';
import { showPage } from '../page.tsx';
import { SignInPage } from './sign-in-page.tsx';

showPage(<SignInPage />);
