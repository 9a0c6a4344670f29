import { Anchor, Group, NativeSelect, Stack, Text, VisuallyHidden } from '@mantine/core';
import type { referralsAnswer } from '@referral/contracts';
import { useSearchParams } from 'wouter';
import type { z } from 'zod';
import { Typed } from '../../names.tsx';
import { Empty } from '../../states.tsx';
import { Answered } from '../answered.tsx';
import { Pager, usePaging } from '../paging.tsx';
import { StatusBadge } from '../status.tsx';
import { DataTable } from '../table.tsx';
import { useApi, useDashboard } from '../tenant.ts';
import { channelWords, statusWords } from '../words.ts';
import { Person } from './person.tsx';
import { SearchField } from './search-field.tsx';

type Referrals = z.infer<typeof referralsAnswer>;
type Referral = Referrals['data'][number];

/** A withdrawn referral is in no list. */
const statuses = ['attributed', 'converted', 'reversed', 'expired', 'rejected'] as const;

export function ReferralList() {
  const [params, setParams] = useSearchParams();
  const status = statuses.find((one) => one === params.get('status'));
  const q = params.get('q')?.trim() ?? '';
  const paging = usePaging(`${status ?? 'all'} ${q}`);
  const referrals = useApi<Referrals>(
    '/api/referrals',
    { status, q: q === '' ? undefined : q, limit: '25', cursor: paging.cursor },
    { keep: true },
  );
  const change = (name: 'status' | 'q', value: string) =>
    setParams(
      (before) => {
        if (value === '') before.delete(name);
        else before.set(name, value);
        return before;
      },
      // The back button leads to the search before, and past whatever it was narrowed to.
      { replace: name === 'status' || value === q },
    );
  return (
    <Stack gap="md">
      <Group align="flex-end">
        <SearchField searched={q} onSearch={(searched) => change('q', searched)} />
        <NativeSelect
          label="Status"
          value={status ?? ''}
          onChange={({ currentTarget: { value } }) => change('status', value)}
          data={[{ value: '', label: 'All' }, ...statuses.map((value) => ({ value, label: statusWords[value] }))]}
        />
      </Group>
      <VisuallyHidden role="status">
        {q !== '' && !referrals.isPlaceholderData && referrals.data && summaryOf(referrals.data)}
      </VisuallyHidden>
      <Answered query={referrals} what="The referrals" height={480}>
        {({ data, next_cursor }) =>
          data.length === 0 && paging.page === 1 && next_cursor === null ? (
            <NoReferrals q={q} status={status} />
          ) : (
            <Stack gap="sm">
              {data.length > 0 ? <Rows data={data} isFound={q !== ''} /> : <Text>{noneHere(next_cursor)}</Text>}
              <Pager of="referrals" paging={paging} nextCursor={next_cursor} />
            </Stack>
          )
        }
      </Answered>
    </Stack>
  );
}

/** What screen readers are told when the answer to a search has come. */
function summaryOf({ data, next_cursor }: Referrals): string {
  if (data.length === 0) return noneHere(next_cursor);
  return data.length === 1 ? 'One referral on this page' : `${data.length} referrals on this page`;
}

/** A search among very many people is answered in pieces, of which some have nothing in them. */
function noneHere(nextCursor: string | null): string {
  return nextCursor === null ? 'There are no more referrals.' : 'None so far. The next page searches on.';
}

function NoReferrals({ q, status }: { readonly q: string; readonly status: Referral['status'] | undefined }) {
  if (q === '') {
    return (
      <Empty title={status ? `No referral is ${statusWords[status].toLowerCase()}` : 'No referrals yet'}>
        {!status && 'As soon as a new customer comes with a code or through a link, the referral appears here.'}
      </Empty>
    );
  }
  return (
    <Empty
      title={
        <>
          Nothing matches “<Typed>{q}</Typed>”
        </>
      }
    >
      {status
        ? `Only referrals with the status “${statusWords[status]}” were searched.`
        : 'Names and e-mail addresses are found by the beginnings of their words; customer ids and codes have to be whole.'}
    </Empty>
  );
}

function Rows({ data, isFound }: Pick<Referrals, 'data'> & { readonly isFound: boolean }) {
  const { formats } = useDashboard();
  return (
    <DataTable
      caption={isFound ? 'Referrals that were found' : 'Referrals, the newest first'}
      rows={data}
      keyOf={({ id }) => id}
      columns={[
        {
          header: 'Referrer',
          cell: ({ referrer_name: name, referrer_email: email, referrer_customer_id: id }) => (
            <Person name={name} email={email} id={id} />
          ),
        },
        {
          header: 'New customer',
          cell: ({ referee_name: name, referee_email: email, referee_customer_id: id }) => (
            <Person name={name} email={email} id={id} />
          ),
        },
        { header: 'Created', cell: ({ created_at }) => formats.moment(created_at) },
        { header: 'Channel', cell: ({ channel }) => channelWords[channel] },
        { header: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
        { header: 'Rewards', cell: ({ rewards_applied }) => <Rewards rewards={rewards_applied} /> },
        { header: 'Reasons', cell: (referral) => <OpenStory referral={referral} /> },
      ]}
    />
  );
}

function Rewards({ rewards: { referrer, referee } }: { readonly rewards: Referral['rewards_applied'] }) {
  const { formats } = useDashboard();
  if (!referrer && !referee) return <Text inherit>None</Text>;
  return (
    <>
      {referrer && <div>Referrer: {formats.reward(referrer)}</div>}
      {referee && <div>New customer: {formats.reward(referee)}</div>}
    </>
  );
}

function OpenStory({ referral: { id, referee_name, referee_customer_id } }: { readonly referral: Referral }) {
  const [, setParams] = useSearchParams();
  return (
    <Anchor
      component="button"
      type="button"
      size="sm"
      aria-label={`Why? The story of ${referee_name ?? referee_customer_id}`}
      onClick={() =>
        setParams((params) => {
          params.set('referral', id);
          return params;
        })
      }
    >
      Why?
    </Anchor>
  );
}
