export interface Accepted {
  /** Of the platform's wire. */
  requests: number;
  duplicates: number;
  clickIds: ReadonlySet<string>;
}

/** What a platform's stand-in has taken since it began. */
export async function fetchAccepted(url: string): Promise<Accepted> {
  const response = await fetch(`${url}/accepted?list=1`);
  if (!response.ok) throw new Error(`${url}/accepted answered HTTP ${response.status}`);
  const { requests, duplicates, list } = (await response.json()) as Omit<Accepted, 'clickIds'> & { list: { clickId: string }[] };
  return { requests, duplicates, clickIds: new Set(list.map(({ clickId }) => clickId)) };
}
