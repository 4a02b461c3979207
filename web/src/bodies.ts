// How the page names robots: title in its language, what is known of its size, what kind of body, whether it can be chosen.

import { number, quantity } from './format.ts';
import { language, t } from './i18n/index.ts';
import { kPrior, type BodyInfo } from './protocol.ts';

export function titleOf(body: { title: string; title_zh?: string }): string {
  return (language.value === 'zh' && body.title_zh) || body.title;
}

export function canBeShown(body: BodyInfo): boolean {
  return body.installed && !body.problem;
}

function isTrained(body: BodyInfo): boolean {
  return body.policies.some((name) => name !== kPrior);
}

/** Title, kind when it is not a maker's model, and the sizes that are known; or why it cannot be shown. */
export function describe(body: BodyInfo, sizes = true): string {
  const parts = [titleOf(body)];
  if (body.kind !== 'model') parts.push(t(`kind_${body.kind}`));
  if (!body.installed) parts.push(t('not_installed'));
  else if (body.problem) parts.push(t('unreadable'));
  else if (sizes) {
    if (body.joints) parts.push(t('joints_of', { n: number(body.joints, 0) }));
    if (body.mass) parts.push(quantity(body.mass, 'kg', 1));
    if (body.height) parts.push(quantity(body.height, 'm', 2));
  }
  return parts.join(' · ');
}

/** One option a body: first those a policy was trained for, then those on the gait prior, then those that cannot be shown. */
export function bodyOptions(bodies: BodyInfo[], now: string, sizes = true): HTMLOptGroupElement[] {
  const groups = [
    { key: 'bodies_trained', has: (body: BodyInfo) => canBeShown(body) && isTrained(body) },
    { key: 'bodies_prior', has: (body: BodyInfo) => canBeShown(body) && !isTrained(body) },
    { key: 'bodies_absent', has: (body: BodyInfo) => !canBeShown(body) },
  ] as const;
  return groups.flatMap(({ key, has }) => {
    const options = bodies.filter(has).map((body) => {
      const option = new Option(describe(body, sizes), body.name, false, body.name === now);
      option.disabled = !canBeShown(body);
      option.title = body.problem ?? '';
      return option;
    });
    if (!options.length) return [];
    const group = document.createElement('optgroup');
    group.label = t(key);
    group.append(...options);
    return [group];
  });
}
