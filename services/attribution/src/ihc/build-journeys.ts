import { compareTouches, type Journey, type Touch } from '../journeys/journey.ts';
import { placesOf, toUnits } from '../money/decimal.ts';
import type { ConversionRow, SessionRow } from './rows.ts';

/** Times are taken for UTC. */
export const instantOf = (day: string, time: string): number => Date.parse(`${day}T${time}Z`);

const toTouch = (session: SessionRow): Touch => ({
  id: session.session_id,
  atMs: instantOf(session.event_date, session.event_time),
  channel: session.channel_name,
  campaign: null,
  isHolder: session.holder_engagement === 1,
  isCloser: session.closer_engagement === 1,
  isImpression: session.impression_interaction === 1,
});

/**
 * A journey for each conversion, in order of time and id: the sessions of its user strictly before its second. All times are in one zone, that
 * of the tables. Conversions without any session have a journey without touches.
 */
export function buildJourneys(conversions: ConversionRow[], sessions: SessionRow[], currency: string): Journey[] {
  const places = placesOf(currency);
  const touchesOf = new Map<string, Touch[]>();
  for (const [user, rows] of Map.groupBy(sessions, ({ user_id }) => user_id)) touchesOf.set(user, rows.map(toTouch).sort(compareTouches));
  return conversions
    .map((conversion) => {
      const convertedAtMs = instantOf(conversion.conv_date, conversion.conv_time);
      return {
        conversionId: conversion.conv_id,
        convertedAtMs,
        valueMinor: toUnits(conversion.revenue, places) ?? 0n,
        currency,
        touches: (touchesOf.get(conversion.user_id) ?? []).filter(({ atMs }) => atMs < convertedAtMs),
      };
    })
    .sort((left, right) => left.convertedAtMs - right.convertedAtMs || (left.conversionId < right.conversionId ? -1 : 1));
}
