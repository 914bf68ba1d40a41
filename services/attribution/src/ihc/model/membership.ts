/** Points of [hours, membership] in rising hours: straight lines between them, level before the first and after the last. */
export type MembershipCurve = [hours: number, membership: number][];

/** How far, from 0 to 1, so many hours belong to what the curve describes. */
export function membershipAt(curve: MembershipCurve, hours: number): number {
  const after = curve.findIndex(([at]) => at > hours);
  const [startHours, start] = curve[after === -1 ? curve.length - 1 : Math.max(0, after - 1)] ?? [0, 0];
  const [endHours, end] = curve[after] ?? [startHours, start];
  if (hours <= startHours || endHours === startHours) return start;
  return start + ((end - start) * (hours - startHours)) / (endHours - startHours);
}
