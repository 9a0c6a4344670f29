import { Text } from '@mantine/core';
import { Typed } from '../../names.tsx';

/** A customer by name, or by id where no name was ever told. */
export function Person({
  name,
  email,
  id,
}: {
  readonly name: string | null;
  readonly email: string | null;
  readonly id: string;
}) {
  return (
    <>
      <Typed>{name ?? id}</Typed>
      {email !== null && (
        <Text size="xs" c="dimmed" component="div">
          <Typed>{email}</Typed>
        </Text>
      )}
    </>
  );
}
