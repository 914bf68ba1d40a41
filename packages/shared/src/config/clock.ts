/** Business time: decides windows and ages. It is handed in, never read from the system by code that decides. */
export interface Clock {
  now(): Date;
}

/** Real time, or standing still at an instant so that recorded history can be run as if it were today. */
export function createClock(standsAt: string | undefined): Clock {
  if (standsAt === undefined) return { now: () => new Date() };
  const instant = new Date(standsAt).getTime();
  return { now: () => new Date(instant) };
}
