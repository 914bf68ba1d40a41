export { catalogue } from './catalogue.ts';
export { clickRules, type PlatformName, platforms } from './click-rules.ts';
export { type ConversionType, checkCatalogue, companyEvents, contactEvents, type EventColumn, scoreSourcesOf } from './conversion-type.ts';
export { type MeasureName, type MeasureTable, measures } from './measures.ts';
