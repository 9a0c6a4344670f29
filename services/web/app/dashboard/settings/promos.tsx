import {
  Alert,
  Button,
  Fieldset,
  Group,
  NativeSelect,
  NumberInput,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  TextInput,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { promosRequest } from '@referral/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { ApiProblem, explain } from '../../problem.ts';
import { Answered } from '../answered.tsx';
import { Section } from '../section.tsx';
import { apiKey, useApi, useDashboard } from '../tenant.ts';
import { rewardTypeWords } from '../words.ts';
import { toFieldErrors } from './draft.ts';

type PromoList = z.infer<typeof promosRequest>;

const path = '/api/referrals/promos';

/** Promo codes, and whether a referral counts beside them. */
export function Promos() {
  const promos = useApi<PromoList>(path);
  return (
    <Section title="Promo codes">
      <Text size="sm" c="dimmed">
        A signup with a promo code that cannot be combined is no referral.
      </Text>
      <Answered query={promos} what="The promo codes" height={160}>
        {(saved) => <PromoForm key={JSON.stringify(saved)} saved={saved} />}
      </Answered>
    </Section>
  );
}

interface PromoDraft {
  readonly data: readonly (Omit<PromoList['data'][number], 'value'> & { readonly value: number | string })[];
}

function PromoForm({ saved }: { readonly saved: PromoList }) {
  const { session, tenant } = useDashboard();
  const queries = useQueryClient();
  const form = useForm<PromoDraft>({
    initialValues: saved,
    validate: (draft) => toFieldErrors(faultsOf(draft)),
  });
  const { mutate, isPending, error } = useMutation({
    mutationFn: (body: PromoDraft) => session.call<PromoList>(path, { method: 'PUT', body: toRequest(body) }),
    onSuccess: ({ body }) => queries.setQueryData(apiKey(path), body),
    onError: (refused) => {
      if (refused instanceof ApiProblem) form.setErrors(toFieldErrors(refused.errors));
    },
  });
  return (
    <form
      noValidate
      aria-label="Promo codes"
      onSubmit={form.onSubmit(
        (draft) => mutate(draft),
        (errors) => form.getInputNode(Object.keys(errors)[0] ?? '')?.focus(),
      )}
    >
      <Stack gap="sm">
        {form.getValues().data.map((promo, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a promo is known by its place, as in the errors of the API
          <Fieldset key={at} legend={`Promo code ${at + 1}`}>
            <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm" mb="sm">
              <TextInput label="Code" {...form.getInputProps(`data.${at}.code`)} />
              <NativeSelect
                label="Kind"
                data={[
                  { value: 'discount_percent', label: rewardTypeWords.discount_percent },
                  { value: 'discount_fixed', label: rewardTypeWords.discount_fixed },
                ]}
                {...form.getInputProps(`data.${at}.type`)}
              />
              <NumberInput
                label="How much"
                min={0}
                hideControls
                rightSectionWidth={64}
                rightSection={<Text size="sm">{promo.type === 'discount_percent' ? '%' : tenant.currency}</Text>}
                {...form.getInputProps(`data.${at}.value`)}
              />
            </SimpleGrid>
            <Group justify="space-between">
              <Switch
                label="Can be combined with a referral"
                {...form.getInputProps(`data.${at}.combinable_with_referral`, { type: 'checkbox' })}
              />
              <Button
                variant="subtle"
                color="red"
                size="compact-sm"
                aria-label={`Remove promo code ${at + 1}`}
                onClick={() => form.removeListItem('data', at)}
              >
                Remove
              </Button>
            </Group>
          </Fieldset>
        ))}
        {error && (
          <Alert color="red" title="The promo codes were not saved" role="alert">
            {error instanceof ApiProblem ? explain(error) : 'Something went wrong on this page.'}
          </Alert>
        )}
        <Group gap="sm">
          <Button
            variant="default"
            size="xs"
            onClick={() =>
              form.insertListItem('data', {
                code: '',
                type: 'discount_percent',
                value: '',
                combinable_with_referral: false,
              })
            }
          >
            Add a promo code
          </Button>
          {form.isDirty() && (
            <Button type="submit" size="xs" loading={isPending}>
              Save promo codes
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}

function toRequest({ data }: PromoDraft): unknown {
  return { data: data.map((promo) => ({ ...promo, value: promo.value === '' ? undefined : Number(promo.value) })) };
}

function faultsOf(draft: PromoDraft) {
  const { error } = promosRequest.safeParse(toRequest(draft));
  return (error?.issues ?? []).map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
}
