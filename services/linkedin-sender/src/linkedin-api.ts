import type { LinkedInSettings } from './config.ts';
import type { Credentials } from './credentials.ts';
import type { Reply } from './read-answer.ts';
import type { LinkedInElement } from './to-element.ts';

/** Sends events in one request that ends within the deadline; its answer is not judged here. */
export type SendElements = (credentials: Credentials, elements: LinkedInElement[]) => Promise<Reply>;

export function connectLinkedInApi(settings: LinkedInSettings): SendElements {
  const url = new URL('/rest/conversionEvents', settings.LINKEDIN_API_URL);
  return async ({ accessToken }, elements) => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          ...{ 'content-type': 'application/json', Authorization: `Bearer ${accessToken}`, 'LinkedIn-Version': settings.LINKEDIN_VERSION },
          ...{ 'X-Restli-Protocol-Version': '2.0.0', 'X-RestLi-Method': 'BATCH_CREATE' },
        },
        body: JSON.stringify({ elements }),
        signal: AbortSignal.timeout(settings.LINKEDIN_TIMEOUT_MS),
        redirect: 'manual',
      });
      const { headers, status } = response;
      const body = await response.text();
      return { kind: 'answered', status, body, requestId: headers.get('x-li-uuid'), retryAfter: headers.get('retry-after') };
    } catch (error) {
      const { name, cause } = error as { name?: string; cause?: { code?: string } };
      return { kind: 'unanswered', code: name === 'TimeoutError' ? 'TIMEOUT' : (cause?.code ?? 'NO_CONNECTION') };
    }
  };
}
