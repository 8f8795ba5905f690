'use strict';
const at = (selector) => document.querySelector(selector);
const [form, clock, rate, end, said] = ['.start', '.clock', '.rate', '.end', '.said'].map(at);
const STEPS = JSON.parse(at('main').dataset.steps);
const ENDED = ['done', 'given up'];
let voter = '';
let session = null;
let seen = 0;
let busy = false;

async function ask(what, body) {
  const answer = await fetch(what, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ voter, ...body }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

function say(text, alert = false) {
  said.textContent = text;
  said.classList.toggle('alert', alert);
}

/** One event after the other; the server's clock counts, ours only shows. */
async function log(event, more = {}) {
  if (busy || !session) return;
  busy = true;
  try {
    const { session: id, way, picture } = session;
    show(await ask('moment', { session: id, way, picture, event, ...more }));
    say('');
  } catch (error) {
    say(`Nothing was kept: ${error.message}. Is the program still running? Press the key again.`, true);
  } finally {
    busy = false;
  }
}

function show(next) {
  const rated = session && ENDED.includes(session.state);
  session = next;
  seen = performance.now();
  form.hidden = true;
  const ended = ENDED.includes(next.state);
  clock.hidden = ended;
  rate.hidden = next.state !== 'done' || rated;
  end.hidden = !ended || !rate.hidden;
  if (!end.hidden) finish();
  at('.state').textContent = `${next.way}, ${next.picture}: ${next.state}`;
  at('[data-event=pause]').lastChild.textContent = next.state === 'paused' ? ' Go on' : ' Pause';
  at('.log').replaceChildren(...next.steps.map((step) => {
    const line = document.createElement('li');
    line.textContent = step;
    return line;
  }));
  tick();
}

function finish() {
  end.textContent = `${written(session.seconds)} and ${session.steps.length} steps are kept. `
    + 'Press Enter for another picture.';
  end.focus();
}

function written(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

function tick() {
  if (!session) return;
  const more = session.state === 'running' ? (performance.now() - seen) / 1000 : 0;
  at('.time').textContent = written(session.seconds + more);
}

function does(event, more) {
  if (event === 'pause') log(session.state === 'paused' ? 'resume' : 'pause');
  else if (session.state === 'running' || event === 'given up') log(event, more);
  else say('The clock is stopped: press P to go on.', true);
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  voter = at('#voter').value.trim();
  const way = at('#way').value.trim();
  if (!voter || !way) return;
  try {
    const open = await ask('session', {});
    if (open.session) {
      show(open);
      say('You go on where you stopped. The clock ran on, unless you had paused it.');
      return;
    }
  } catch (error) {
    say(`The program does not answer: ${error.message}.`, true);
    return;
  }
  session = { session: crypto.randomUUID(), way, picture: at('#picture').value, state: '' };
  await log('start');
});

document.addEventListener('keydown', (event) => {
  if (!form.hidden || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  if (!rate.hidden) {
    if (/^[1-5]$/.test(key)) log('rating', { rating: Number(key) });
    return;
  }
  if (!end.hidden) {
    if (key === 'enter') again();
    return;
  }
  const named = STEPS[Number(key) - 1];
  const events = { p: 'pause', enter: 'done', x: 'given up' };
  if (key === ' ' || named) does('step', { step: named || '' });
  else if (events[key]) does(events[key]);
  else return;
  event.preventDefault();
});

function again() {
  session = null;
  end.hidden = true;
  form.hidden = false;
  at('#picture').focus();
}

for (const button of document.querySelectorAll('[data-step]')) {
  button.addEventListener('click', () => does('step', { step: button.dataset.step }));
}
for (const button of document.querySelectorAll('[data-event]')) {
  button.addEventListener('click', () => does(button.dataset.event));
}
setInterval(tick, 250);
