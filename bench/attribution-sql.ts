/** States of the chain that are no channel, as numbers. */
export const states = { start: -1, converted: -2, lost: -3 };
const noChannel = -9;
const halfLifeMs = 7 * 86_400_000;

export const touchesTable = 'create table touches (journey integer, touch integer, channel utinyint, at_ms bigint, converted boolean)';

/** One way to have DuckDB do both jobs; `touch` numbers all touches, so that each credit can be told from every other. */
export interface Way {
  name: string;
  /** What the table of touches is made into beforehand. */
  prepare: string[];
  credits: string;
  transitions: string;
}

const positionOf = (isEnd: string): string =>
  `case when count = 1 then 1 when count = 2 then 0.5::double when ${isEnd} then 0.4::double else 0.2::double / (count - 2) end`;

const fromTouches: Way = {
  name: 'from touches',
  prepare: [],
  credits: `
    with placed as (
      select journey, touch,
             row_number() over (partition by journey order by at_ms, touch) as place,
             count(*) over (partition by journey) as count,
             2 ** ((at_ms - max(at_ms) over (partition by journey)) / ${halfLifeMs}) as weight
      from touches where converted
    )
    select touch, (place = 1)::double as first, (place = count)::double as last, 1 / count as linear,
           weight / sum(weight) over (partition by journey) as decay, ${positionOf('place = 1 or place = count')} as position
    from placed`,
  transitions: `
    with steps as (
      select channel, converted, lag(channel) over walked as previous, lead(channel) over walked is null as is_last
      from touches window walked as (partition by journey order by at_ms, touch)
    )
    select coalesce(previous, ${states.start}) as state, channel as next, count(*)::double as count from steps group by all
    union all
    select channel, if(converted, ${states.converted}, ${states.lost}), count(*)::double from steps where is_last group by all`,
};

const fromJourneys: Way = {
  name: 'from journeys',
  prepare: [
    `create table journeys as
     select converted, list(touch order by at_ms, touch) as touches, list(channel order by at_ms, touch) as channels,
            list(at_ms order by at_ms, touch) as at_ms
     from touches group by journey, converted order by journey`,
    'drop table touches',
  ],
  credits: `
    with weighed as (
      select touches, len(touches) as count, [2 ** ((touched_ms - at_ms[-1]) / ${halfLifeMs}) for touched_ms in at_ms] as weights
      from journeys where converted
    ), placed as (
      select unnest(touches) as touch, unnest(range(1, count + 1)) as place, unnest(weights) as weight, list_sum(weights) as total, count
      from weighed
    )
    select touch, (place = 1)::double as first, (place = count)::double as last, 1 / count as linear,
           weight / total as decay, ${positionOf('place = 1 or place = count')} as position
    from placed`,
  transitions: `
    with steps as (
      select unnest([${states.start}] || channels) as state,
             unnest(channels || [if(converted, ${states.converted}, ${states.lost})]) as next
      from journeys
    )
    select state, next, count(*)::double as count from steps group by all`,
};

export const ways = { touches: fromTouches, journeys: fromJourneys };
export type WayName = keyof typeof ways;

/**
 * The probability to convert without each channel, and without none, from the table `transitions`: walks the chain step by step until next to
 * nothing is still on its way. Slower than solving it, and another way to the same numbers.
 */
export const walkTransitions = `
  with recursive steps as (
    select state, next, count / sum(count) over (partition by state) as probability from transitions
  ), removed as (
    select ${noChannel} as channel union select state from transitions where state <> ${states.start}
  ), walk as (
    select channel as without, ${states.start} as reached, 1::double as mass from removed
    union all
    select without, next, sum(mass * probability) from walk join steps on steps.state = reached
    where reached <> without group by without, next having sum(mass * probability) > 1e-18
  )
  select nullif(without, ${noChannel}) as without, coalesce(sum(mass) filter (reached = ${states.converted}), 0)::double as conversion
  from walk group by without`;
