// Wires the page together: state, server, stage, panels, inputs, and the loop that draws them.

import '@fontsource-variable/inter/wght.css';
import 'uplot/dist/uPlot.min.css';
import './style.css';
import { App } from './app.ts';
import { exposeDebug } from './debug.ts';
import { el, releaseFocusAfterPointer } from './dom.ts';
import { FrameTime } from './frame_time.ts';
import { t } from './i18n/index.ts';
import { Commander } from './input/command.ts';
import { Gamepads } from './input/gamepad.ts';
import { listenToKeyboard } from './input/keyboard.ts';
import { makeBanners } from './panels/banner.ts';
import { makeChat } from './panels/chat.ts';
import { JointChoice } from './panels/joint_choice.ts';
import { makeJointsPlot } from './panels/joints_plot.ts';
import { makeLearn } from './panels/learn.ts';
import { makeMotionPlot } from './panels/motion_plot.ts';
import { makeMotorsPlot } from './panels/motors_plot.ts';
import { makePlots } from './panels/plots.ts';
import { listenToDrops, Upload } from './panels/drop.ts';
import { makeRewardsPlot } from './panels/rewards_plot.ts';
import { makeRobotsTable } from './panels/robots_table.ts';
import { makeSteering } from './panels/steering.ts';
import { makeHint, makeTools, nextCamera } from './panels/tools.ts';
import { makeTopBar } from './panels/topbar.ts';
import { makeTorquesPlot } from './panels/torques_plot.ts';
import { makeTransport, transportActions } from './panels/transport.ts';
import { Frame, type Whom } from './protocol.ts';
import { MeshStore } from './stage/mesh_store.ts';
import { Stage } from './stage/stage.ts';
import { State, type Send } from './state.ts';
import { Links } from './links.ts';

const kNarrow = 1120; // px: below this the plots open over the stage instead of beside it

function start(): void {
  const state = new State();
  const links = new Links(window.location);
  const newest = new Frame();
  let app: App | null = null;
  const send: Send = (message) => app?.send(message) ?? false;
  const choose = (whom: Whom): void => app?.choose(whom);

  const holder = el('main', { class: 'stage', label: 'stage' });
  holder.removeAttribute('title');
  const pushLabel = el('div', { class: 'push-label', attrs: { hidden: '' } });
  const banners = makeBanners(state);
  document.body.replaceChildren(holder, pushLabel, banners);

  let stage: Stage;
  try {
    stage = new Stage(holder, pushLabel, state, new MeshStore(links.http), send, {
      meshFailed: (body, message) => state.notify({ id: 'mesh', kind: 'error', text: () => t('error_mesh', { body, message }) }),
      choose,
    }, links.bestQuality);
  } catch (error) {
    console.error(error);
    state.notify({ id: 'webgl', kind: 'error', text: () => t('error_webgl') });
    return;
  }
  const commander = new Commander(state, send);
  const actions = transportActions(state, send);
  const gamepads = new Gamepads(commander, actions);
  listenToKeyboard(commander, {
    ...actions,
    camera: () => nextCamera(state),
    forces: () => state.showForces.set(!state.showForces.value),
    guides: () => state.showGuides.set(!state.showGuides.value),
    next: (step) => choose(nextRobot(state, step)),
  });

  const record = (): void => {
    if (!stage.capture.toggleVideo()) state.notify({ id: 'record', kind: 'error', text: () => t('error_record'), lastsMs: 6000 });
  };
  const choice = new JointChoice(state);
  const upload = new Upload(state, links.http);
  const tabs = [makeRobotsTable(state, send, choose, upload.take), makeMotionPlot(state), makeJointsPlot(state, choice), makeTorquesPlot(state, choice), makeMotorsPlot(state), makeRewardsPlot(state), makeLearn(state, send)];
  const plots = makePlots(state, tabs);
  const steering = makeSteering(state, commander, gamepads.connected);
  const transport = makeTransport(state, send, actions);
  const hint = makeHint(state);
  const tools = makeTools(state, () => stage.capture.picture(), record);
  const chat = makeChat(state, send);
  const top = makeTopBar(state, send, () => {
    state.tab.set('learn');
    state.plotsOpen.set(true);
  });
  state.view.watch((view) => {
    if (view === 'stage') state.tab.set('robots');
    else if (state.tab.value === 'robots') state.tab.set('motion');
  });
  document.body.append(listenToDrops(upload.take), top, tools, steering.box, hint.box, transport.box, plots.box, chat);
  for (const box of [top, tools, steering.box, transport.box, plots.box]) releaseFocusAfterPointer(box);

  const fit = (): void => {
    const narrow = window.innerWidth < kNarrow;
    document.body.classList.toggle('plots-open', state.plotsOpen.value);
    const right = !narrow && state.plotsOpen.value ? plots.box.offsetWidth + 16 : 0;
    const top0 = top.offsetHeight;
    const bottom = narrow ? transport.box.offsetHeight + (state.plotsOpen.value ? plots.box.offsetHeight : steering.box.offsetHeight) : 40;
    const many = state.view.value === 'stage';
    const left = narrow ? (many ? 54 : 0) : many ? steering.box.offsetWidth + 16 : 60;
    stage.setInsets({ left, right, top: top0, bottom });
  };
  if (window.innerWidth < kNarrow) state.plotsOpen.set(false);
  if (window.innerWidth < kNarrow) state.chatOpen.set(false);
  state.chatOpen.watch((open) => document.body.classList.toggle('chat-open', open));
  state.plotsOpen.watch(fit);
  state.view.onChange(fit);
  window.addEventListener('resize', fit);

  app = new App(state, links.socket, (frame) => {
    newest.simTime = frame.simTime;
    newest.fallen = frame.fallen;
    newest.command.set(frame.command);
    newest.measured.set(frame.measured);
    newest.joints = frame.joints;
    newest.contacts = frame.contacts;
    newest.contactCount = frame.contactCount;
  });
  links.chooseFrom(state, send);
  app.open();
  const frameTime = new FrameTime();
  exposeDebug(state, stage, tabs, newest, frameTime);

  let lastMs = performance.now();
  const loop = (nowMs: number): void => {
    requestAnimationFrame(loop);
    frameTime.begin();
    const now = performance.now();
    const dt = Math.min(0.1, (now - lastMs) / 1000);
    lastMs = now;
    gamepads.update();
    commander.update(now, dt);
    stage.draw(now, newest);
    steering.update();
    transport.update();
    hint.update(now, newest.fallen);
    plots.update(nowMs);
    frameTime.end();
  };
  requestAnimationFrame(loop);
  window.addEventListener('error', (event) => {
    const message = event.message || String(event.error);
    state.notify({ id: 'page', kind: 'error', text: () => t('error_page', { message }) });
  });
}

/** Step 0: all of them. */
function nextRobot(state: State, step: number): Whom {
  const ids = (state.stage.value?.robots ?? []).map((robot) => robot.id);
  if (!step || !ids.length) return 'all';
  const at = ids.indexOf(state.whom.value as number);
  return ids[at < 0 ? (step > 0 ? 0 : ids.length - 1) : (at + step + ids.length) % ids.length];
}

start();
