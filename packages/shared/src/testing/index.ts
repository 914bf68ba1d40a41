export { buildConversion } from './builders.ts';
