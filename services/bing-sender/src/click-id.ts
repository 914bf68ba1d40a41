const forms = /^(?:_uet)?([0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:-[01])?$/i;

/**
 * The bare msclkid: 32 hex digits in lower case, freed of the UET cookie's `_uet` and of the `-0` or `-1` that UET appends; null for
 * anything else. https://learn.microsoft.com/advertising/guides/universal-event-tracking
 */
export function toMicrosoftClickId(id: string): string | null {
  const [, bare] = forms.exec(id) ?? [];
  return bare?.replaceAll('-', '').toLowerCase() ?? null;
}
