import '@mantine/core/styles.css';
import '@mantine/charts/styles.css';
import '@mantine/dates/styles.css';
import './dashboard.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { showPage } from '../page.tsx';
import { ApiProblem } from '../problem.ts';
import { App } from './app.tsx';

const maxRetries = 2;

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // What was refused stays refused; what failed or reached nobody may be answered next time.
      retry: (failures, error) => failures < maxRetries && !(error instanceof ApiProblem && isRefusal(error)),
      staleTime: 5_000,
      // An installation on one machine is reached without any network.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

function isRefusal({ status }: ApiProblem): boolean {
  return status >= 400 && status < 500;
}

// The lock of the page behind a dialog writes a style of its own, and finds the nonce of the content policy under this name.
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce;
Object.assign(globalThis, { __webpack_nonce__: nonce });

showPage(
  <QueryClientProvider client={queries}>
    <App />
  </QueryClientProvider>,
);
