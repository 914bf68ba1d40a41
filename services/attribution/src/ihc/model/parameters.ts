import { fingerprint } from '@waybill/shared/conversion';
import { z } from 'zod';
import type { MembershipCurve } from './membership.ts';

// Beyond these bounds a weight would be a mistake, or wipe out a share by rounding.
const positive = z.number().min(0.01).max(100);
const weights = z.strictObject({ initializer: positive, holder: positive, closer: positive });
const isRising = (curve: MembershipCurve): boolean => curve.every(([hours], index) => index === 0 || hours > (curve[index - 1]?.[0] ?? 0));
const curve = z
  .array(z.tuple([z.number().min(0), z.number().min(0).max(1)]))
  .min(1)
  .refine(isRising, 'the hours of its points must rise');

/** What the model knows of a kind of conversion, as the trainer saves it and `--parameters` reads it. */
export const parametersSchema = z.strictObject({
  /** Of this file's form. */
  version: z.literal(1),
  /** What they were trained on; null where they are the defaults. */
  trainedOn: z.strictObject({ journeys: z.int(), touches: z.int(), from: z.string(), to: z.string() }).nullable(),
  phaseWeights: weights,
  /** By channel; a channel that is not listed weighs 1 in every phase. */
  channelWeights: z.record(z.string(), weights),
  /** By the hours since the session before: how much of a new beginning a session is. Where it reaches 1 the journey starts over. */
  initializerMembership: curve,
  /** By the hours to the last session: how near to the close a session is. */
  closerMembership: curve,
});

export type IhcParameters = z.infer<typeof parametersSchema>;
export type PhaseWeights = IhcParameters['phaseWeights'];

const direct: PhaseWeights = { initializer: 0.61, holder: 0.99, closer: 1.28 };

/** Read off public outputs of the IHC API joined to their journeys; a trainer's own parameters fit one's own conversions better. */
export const defaultParameters: IhcParameters = {
  version: 1,
  trainedOn: null,
  phaseWeights: { initializer: 0.323, holder: 0.374, closer: 0.303 },
  channelWeights: { Direct: direct, 'Direct Traffic': direct, direct },
  initializerMembership: [
    [2, 0],
    [10, 0.14],
    [23, 0.36],
    [30, 0.48],
    [45, 0.81],
    [52.7, 1],
  ],
  closerMembership: [
    [0.05, 1],
    [0.25, 0.75],
    [0.5, 0.65],
    [1.6, 0.53],
    [10, 0.39],
    [12, 0.35],
    [22, 0.21],
    [25, 0.15],
    [35, 0.06],
    [45.5, 0],
  ],
};

/** Names parameters by their content: equal ones, however they were made, have equal names. */
export const nameParameters = (parameters: IhcParameters): string => `${parameters.version}-${fingerprint(parameters).slice(0, 12)}`;
