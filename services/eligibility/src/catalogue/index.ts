export { builtInCatalogue, catalogue } from './catalogue.ts';
export { clickRuleOf, platforms } from './click-rules.ts';
export { type ConversionType, checkCatalogue, companyEvents, contactEvents, type EventColumn, scoreSourcesOf } from './conversion-type.ts';
export { type MeasureName, type MeasureTable, measures } from './measures.ts';
export { broughtPlatforms } from './platform-folders.ts';
