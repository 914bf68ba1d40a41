// The SDK ships no types; these are the parts that the adapter uses.
declare module 'facebook-nodejs-business-sdk' {
  export class UserData {
    setEmails(hashes: string[]): this;
    setPhones(hashes: string[]): this;
    setFirstName(hash: string): this;
    setLastName(hash: string): this;
    setCity(hash: string): this;
    setState(hash: string): this;
    setZip(hash: string): this;
    setCountry(hash: string): this;
    setExternalId(id: string): this;
    setFbc(fbc: string): this;
    setFbp(fbp: string): this;
    setClientIpAddress(address: string): this;
    setClientUserAgent(agent: string): this;
  }
  export class CustomData {
    setValue(value: number): this;
    setCurrency(code: string): this;
    setOrderId(id: string): this;
    setCustomProperties(properties: Record<string, string>): this;
  }
  export class ServerEvent {
    setEventName(name: string): this;
    setEventId(id: string): this;
    setEventTime(seconds: number): this;
    setActionSource(source: string): this;
    setEventSourceUrl(url: string): this;
    setUserData(user: UserData): this;
    setCustomData(custom: CustomData): this;
    setDataProcessingOptions(options: string[]): this;
    setDataProcessingOptionsCountry(country: number): this;
    setDataProcessingOptionsState(state: number): this;
    /** Throws on a value that the SDK does not like. */
    normalize(): Record<string, unknown>;
  }
  export interface HttpService {
    executeRequest(url: string, method: string, headers: Record<string, string>, params: Record<string, unknown>): Promise<unknown>;
  }
  export class EventRequest {
    constructor(accessToken: string, pixelId: string, events: ServerEvent[]);
    setHttpService(service: HttpService): this;
    execute(): Promise<unknown>;
  }
  export class FacebookAdsApi {
    constructor(accessToken: string, locale: string, crashLog: boolean);
    static init: (accessToken: string) => FacebookAdsApi;
  }
  const sdk: {
    UserData: typeof UserData;
    CustomData: typeof CustomData;
    ServerEvent: typeof ServerEvent;
    EventRequest: typeof EventRequest;
    FacebookAdsApi: typeof FacebookAdsApi;
  };
  export default sdk;
}

// Node has it; TypeScript's library does not know it yet. https://developer.mozilla.org/docs/Web/JavaScript/Reference/Global_Objects/JSON/rawJSON
interface JSON {
  rawJSON(text: string): object;
}
