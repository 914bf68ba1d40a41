declare module 'role-based-email-addresses' {
  /** The parts before the @ of mailboxes that are no person's. */
  const mailboxes: string[];
  export default mailboxes;
}
