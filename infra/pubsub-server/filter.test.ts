import { describe, expect, it } from '@jest/globals';
import { parseFilter } from './filter.ts';

const lead = { platform: 'google', type: 'lead', 'content-type': 'json', 'a.b': '1', quote: 'say "hi"' };

describe('A filter', () => {
  it.each([
    ['lets everything through when it is empty', '', true],
    ['matches a value', 'attributes.platform = "google"', true],
    ['does not match another value', 'attributes.platform = "bing"', false],
    ['does not match an absent attribute', 'attributes.absent = ""', false],
    ['matches a value other than the given one', 'attributes.platform != "bing"', true],
    ['takes an absent attribute for another value', 'attributes.absent != "bing"', true],
    ['does not match a value that is the given one', 'attributes.platform != "google"', false],
    ['matches an attribute that is there', 'attributes:platform', true],
    ['does not match an attribute that is absent', 'attributes:absent', false],
    ['does not take a property of every object for an attribute', 'attributes:constructor', false],
    ['matches a prefix', 'hasPrefix(attributes.type, "le")', true],
    ['does not match another prefix', 'hasPrefix(attributes.type, "ea")', false],
    ['needs both of AND', 'attributes:type AND attributes:absent', false],
    ['needs one of OR', 'attributes:absent OR attributes:type', true],
    ['negates with NOT', 'NOT attributes:absent', true],
    ['negates with a minus', '-attributes:type', false],
    ['binds NOT to its own term', 'NOT attributes:absent AND attributes:absent', false],
    ['takes parentheses first', 'attributes:type AND (attributes:absent OR attributes.type = "lead")', true],
    ['chains many of one operator', 'attributes:absent OR attributes:missing OR attributes:type', true],
    ['reads keys with hyphens', 'attributes.content-type = "json"', true],
    ['reads quoted keys', 'attributes."a.b" = "1"', true],
    ['reads escaped quotes', 'attributes.quote = "say \\"hi\\""', true],
  ])('%s', (_, source, expected) => {
    const parsed = parseFilter(source);
    expect('filter' in parsed && parsed.filter(lead)).toBe(expected);
  });

  it.each([
    ['an unknown operator', 'attributes.a ~ "x"', 'cannot read ~ "x"'],
    ['a value without quotes', 'attributes.a = x', 'expected a quoted value, got x'],
    ['a missing value', 'attributes.a =', 'expected a quoted value, got the end'],
    ['anything but attributes', 'data = "x"', 'expected attributes before data'],
    ['AND beside OR without parentheses', 'attributes:a AND attributes:b OR attributes:c', 'unexpected OR'],
    ['an open parenthesis', '(attributes:a', 'expected ) before the end'],
    ['more than 256 bytes', `attributes.a = "${'x'.repeat(256)}"`, 'a filter has at most 256 bytes'],
  ])('refuses %s', (_, source, problem) => {
    expect(parseFilter(source)).toEqual({ problem });
  });
});
