import '@mantine/core/styles/Input.css';
import '@mantine/core/styles/Badge.css';
import './portal.css';
import { showPage } from '../page.tsx';
import { PortalPage } from './portal-page.tsx';

showPage(<PortalPage />);
