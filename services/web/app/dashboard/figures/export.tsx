import { Button, Group, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { ApiProblem, explain } from '../../problem.ts';
import { useDashboard, withQuery } from '../tenant.ts';

/** The browser cannot follow a link with a token, so the file is fetched and handed over. */
export function ExportButton({ query }: { readonly query: Readonly<Record<string, string>> }) {
  const { session } = useDashboard();
  const { mutate, isPending, error } = useMutation({
    mutationFn: async () => {
      const path = withQuery('/api/loyalty/referrals/export.csv', query);
      const response = await session.open(path, { headers: { Accept: 'text/csv' } });
      handOver(await response.blob(), `referrals-${session.slug}.csv`);
    },
  });
  return (
    <Group gap="sm">
      {error && (
        <Text size="sm" c="error" role="alert">
          {error instanceof ApiProblem ? explain(error) : 'The file could not be fetched.'}
        </Text>
      )}
      <Button variant="default" size="sm" loading={isPending} onClick={() => mutate()}>
        Export as CSV
      </Button>
    </Group>
  );
}

function handOver(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}
