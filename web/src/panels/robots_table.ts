// Everyone on the stage, one row each: what it is, what it was told, what it does. Choose whom the keys steer here.

import { canBeShown, describe, titleOf } from '../bodies.ts';
import { el, iconButton, setPressed, textButton, write } from '../dom.ts';
import { number, quantity } from '../format.ts';
import { language, t } from '../i18n/index.ts';
import { kPrior, type StageRobot, type Whom } from '../protocol.ts';
import type { Live, Send, State } from '../state.ts';
import type { Tab } from './plots.ts';

interface Row {
  row: HTMLTableRowElement;
  name: HTMLElement;
  kind: HTMLElement;
  facts: HTMLElement;
  lead: HTMLElement;
  cells: Record<'told' | 'does' | 'error' | 'falls', HTMLElement>;
}

export function makeRobotsTable(state: State, send: Send, choose: (whom: Whom) => void, dropped: (files: File[]) => void): Tab {
  const head = el('tr', {}, ...(['robot', 'told', 'does', 'error', 'falls'] as const).map((key) =>
    el('th', { text: `table_${key}`, label: `table_${key}_note`, attrs: { scope: 'col' } })), el('th'));
  const body = el('tbody');
  const table = el('table', { class: 'robots', label: 'table_title' }, el('thead', {}, head), body);
  table.removeAttribute('title');
  const all = textButton('steer_all', () => choose('all'), 'toggle');
  all.dataset.action = 'all';
  const home = textButton('send_home', () => send({ type: 'stage', action: 'release', robot: state.whom.value }));
  home.dataset.action = 'release';
  const coming = el('p', { class: 'note', attrs: { role: 'status' } });
  const rows = new Map<number, Row>();
  const box = el('div', { class: 'tab-page' },
    el('div', { class: 'robots-buttons' }, all, home), table, coming, makeAdder(state, send, dropped), el('p', { class: 'note', text: 'table_note' }));

  const refresh = (): void => {
    const stage = state.stage.value;
    const robots = stage?.robots ?? [];
    for (const [id, { row }] of rows) {
      if (robots.some((robot) => robot.id === id)) continue;
      row.remove();
      rows.delete(id);
    }
    for (const robot of robots) {
      let row = rows.get(robot.id);
      if (!row) {
        row = makeRow(robot.id, choose, send);
        rows.set(robot.id, row);
        body.append(row.row);
      }
      fill(row, robot);
    }
    write(coming, stage?.coming ? t('robots_coming', { n: stage.coming }) : '');
    mark();
  };
  const mark = (): void => {
    const whom = state.whom.value;
    setPressed(all, whom === 'all');
    for (const [id, { row }] of rows) {
      row.setAttribute('aria-selected', String(whom === id));
      row.classList.toggle('of-all', whom === 'all');
    }
  };
  state.stage.watch(refresh);
  language.onChange(refresh);
  state.whom.watch(mark);
  const update = (): void => {
    for (const [id, row] of rows) {
      const live = state.live.get(id);
      if (live) show(row, live);
    }
  };
  return { name: 'robots', title: 'tab_robots', box, update, points: () => rows.size };
}

function makeRow(id: number, choose: (whom: Whom) => void, send: Send): Row {
  const name = el('button', { class: 'robot-name' });
  name.type = 'button';
  const kind = el('span', { class: 'kind-badge small' });
  const facts = el('div', { class: 'robot-facts' });
  const lead = el('div', { class: 'robot-lead' });
  const cells = { told: el('td'), does: el('td'), error: el('td'), falls: el('td') };
  const away = iconButton('close', 'take_away', () => send({ type: 'stage', action: 'remove', robot: id }), { class: 'tiny' });
  const row = el('tr', { attrs: { 'data-robot': String(id) } },
    el('td', { class: 'robot-cell' }, el('div', { class: 'robot-title' }, name, kind), facts, lead),
    cells.told, cells.does, cells.error, cells.falls, el('td', { class: 'robot-away' }, away));
  row.addEventListener('click', (event) => {
    if (!(event.target as HTMLElement).closest('.robot-away')) choose(id);
  });
  return { row, name, kind, facts, lead, cells };
}

/** What does not change while it walks. */
function fill(row: Row, robot: StageRobot): void {
  write(row.name, titleOf(robot));
  row.kind.hidden = robot.kind === 'model';
  if (robot.kind !== 'model') {
    write(row.kind, t(`kind_${robot.kind}`));
    row.kind.title = t(`kind_${robot.kind}_note`);
  }
  const policy = robot.policy === kPrior ? t('prior_short') : robot.policy;
  write(row.facts, [policy, t('joints_of', { n: number(robot.driven, 0) }), quantity(robot.mass, 'kg', 1), quantity(robot.height, 'm', 2)].join(' · '));
}

function show(row: Row, live: Live): void {
  write(row.cells.told, number(Math.hypot(live.command[0], live.command[1])));
  write(row.cells.does, number(Math.hypot(live.measured[0], live.measured[1])));
  write(row.cells.error, number(live.trackingError));
  write(row.cells.falls, number(live.falls, 0));
  row.cells.falls.classList.toggle('some', live.falls > 0);
  write(row.lead, live.fallen ? t('label_fallen') : live.lead === 'rounds' ? '' : t(`lead_${live.lead}`));
  row.row.dataset.lead = live.fallen ? 'fallen' : live.lead;
}

/** A body of the list, or a file of the user's own. */
function makeAdder(state: State, send: Send, dropped: (files: File[]) => void): HTMLElement {
  const select = el('select', { label: 'add_robot', attrs: { id: 'add-robot' } });
  const file = el('input', { label: 'drop_file', attrs: { type: 'file', accept: '.xml,.urdf,.mjcf,.zip', hidden: '', id: 'robot-file' } });
  const open = textButton('drop_file', () => file.click());
  open.dataset.action = 'file';
  file.addEventListener('change', () => {
    dropped([...(file.files ?? [])]);
    file.value = '';
  });
  select.addEventListener('change', () => {
    if (select.value) send({ type: 'stage', action: 'add', body: select.value });
    select.value = '';
    select.blur();
  });
  const fillList = (): void => {
    const options = state.bodies.value.filter(canBeShown).map((one) => new Option(describe(one, false), one.name));
    select.replaceChildren(new Option(t('add_robot'), ''), ...options);
  };
  const full = (): void => {
    const stage = state.stage.value;
    select.disabled = open.disabled = !!stage && stage.robots.length + stage.coming >= stage.most;
  };
  state.bodies.watch(fillList);
  language.onChange(fillList);
  state.stage.watch(full);
  return el('div', { class: 'robots-add' }, el('label', { class: 'field' }, select), open, file);
}
