import type { TotalsAnswer } from '@referral/contracts';
import { Answered } from '../answered.tsx';
import { Section } from '../section.tsx';
import { type Stat, Stats } from '../stats.tsx';
import { useApi, useDashboard } from '../tenant.ts';

type Counters = TotalsAnswer['points'];

/** What customers were given, lost again, spent and hold: points, and credit in each currency. */
export function Totals() {
  const { formats } = useDashboard();
  const totals = useApi<TotalsAnswer>('/api/rewards/totals', {}, { everyMs: 15_000 });
  return (
    <Answered query={totals} what="The totals of the ledger" height={220}>
      {({ points, credit }) => (
        <>
          <Section title="Points">
            <Stats stats={statsOf(points, formats.count)} />
          </Section>
          {credit.map(({ currency, ...counters }) => (
            <Section key={currency} title={`Credit in ${currency}`}>
              <Stats stats={statsOf(counters, (amount) => formats.amounts([{ currency, amount }]))} />
            </Section>
          ))}
        </>
      )}
    </Answered>
  );
}

function statsOf({ issued, reversed, redeemed, outstanding }: Counters, told: (value: number) => string): Stat[] {
  return [
    { label: 'Issued', value: told(issued) },
    { label: 'Taken back', value: told(reversed) },
    { label: 'Redeemed', value: told(redeemed) },
    { label: 'Outstanding', value: told(outstanding), hint: 'What customers hold' },
  ];
}
