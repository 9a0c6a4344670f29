import { Button, CloseButton, Group, TextInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';

/** As long as a search may be. */
const maxLength = 100;

/** Searches when somebody says so (by Enter, the button, or by clearing it), not at every letter. */
export function SearchField({
  searched,
  onSearch,
}: {
  /** What is searched for now; empty: nothing. */
  readonly searched: string;
  readonly onSearch: (searched: string) => void;
}) {
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(searched);
  // The address may change without the field: by the back button, or a link.
  useEffect(() => setTyped(searched), [searched]);
  const clear = () => {
    setTyped('');
    onSearch('');
    field.current?.focus();
  };
  return (
    <search aria-label="Referrals" className="search">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSearch(typed.trim());
        }}
      >
        <Group gap="xs" align="flex-end" wrap="nowrap">
          <TextInput
            ref={field}
            label="Name, e-mail, customer id or code"
            value={typed}
            onChange={({ currentTarget: { value } }) => setTyped(value)}
            maxLength={maxLength}
            enterKeyHint="search"
            autoComplete="off"
            spellCheck={false}
            dir="auto"
            flex={1}
            miw={0}
            rightSection={typed !== '' && <CloseButton size="sm" aria-label="Clear the search" onClick={clear} />}
            rightSectionPointerEvents="all"
          />
          <Button type="submit" variant="default">
            Search
          </Button>
        </Group>
      </form>
    </search>
  );
}
