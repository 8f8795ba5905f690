'use strict';
const at = (selector) => document.querySelector(selector);
const [form, pair, keys, end, said] = ['.start', '.pair', '.keys', '.end', '.said'].map(at);
const VOTES = { 1: 'left', 2: 'right', 0: 'same' };
const KEPT_NAME = 'multiplane.blind.voter';
let voter = '';
let shown = null;
let since = 0;
let busy = false;

/** What was remembered, where the browser lets a page remember. */
function remembered() {
  try {
    return localStorage.getItem(KEPT_NAME) || '';
  } catch {
    return '';
  }
}

function remember(name) {
  try {
    localStorage.setItem(KEPT_NAME, name);
  } catch { /* only a comfort */ }
}

async function ask(what, body) {
  const answer = await fetch(what, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

/** One request at a time; what fails is said, and nothing moves on. */
async function go(what, body) {
  if (busy) return;
  busy = true;
  try {
    await show(await ask(what, { voter, ...body }));
    say('');
  } catch (error) {
    say(`Nothing was kept: ${error.message}. Is the program still running? Press the key again.`, true);
  } finally {
    busy = false;
  }
}

function say(text, alert = false) {
  said.textContent = text;
  said.classList.toggle('alert', alert);
}

async function show(next) {
  at('.progress').textContent = `${next.done} of ${next.total}`;
  form.hidden = true;
  const over = !next.pair;
  pair.hidden = keys.hidden = over;
  end.hidden = !over;
  shown = null;
  if (over) {
    finish(next);
    return;
  }
  // Elements of their own: one that gets another film goes on showing the last one for a while.
  const images = [...pair.querySelectorAll('img')];
  const films = images.map((image) => image.cloneNode());
  for (const film of films) film.src = `films/${next.pair}.webp`;
  await Promise.all(films.map((film) => film.decode()));
  films.forEach((film, index) => {
    const frame = images[index].parentElement;
    frame.style.aspectRatio = `${film.naturalWidth} / ${film.naturalHeight / 2}`;
    frame.classList.toggle('lower', (index === 0) !== next.left_is_upper);
    images[index].replaceWith(film);
  });
  shown = next.pair;
  since = performance.now();
}

function vote(choice) {
  if (shown) go('vote', { pair: shown, vote: choice, seconds: (performance.now() - since) / 1000 });
}

function finish(next) {
  end.replaceChildren();
  const heading = document.createElement('h2');
  heading.textContent = next.total ? 'That was all. Thank you!' : 'No pair is filmed yet.';
  end.append(heading);
  if (next.unfilmed) {
    const left = document.createElement('p');
    left.textContent = `${next.unfilmed} pairs are still to be filmed: multiplane study blind make.`;
    end.append(left);
  }
  for (const { title, columns, rows } of next.result) {
    const wide = document.createElement('div');
    wide.className = 'wide';
    const table = document.createElement('table');
    const caption = table.createCaption();
    caption.textContent = title;
    const head = table.createTHead().insertRow();
    for (const column of columns) {
      const cell = document.createElement('th');
      cell.scope = 'col';
      cell.textContent = column;
      head.append(cell);
    }
    for (const row of rows) {
      const line = table.insertRow();
      for (const value of row) line.insertCell().textContent = value;
    }
    wide.append(table);
    end.append(wide);
  }
  end.focus();
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  voter = at('#voter').value.trim();
  if (!voter) return;
  remember(voter);
  go('next', {});
});

document.addEventListener('keydown', (event) => {
  if (!form.hidden || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key in VOTES) {
    event.preventDefault();
    vote(VOTES[event.key]);
  } else if (event.key === 'Backspace' && end.hidden) {
    event.preventDefault();
    go('back', {});
  }
});

for (const button of keys.querySelectorAll('[data-vote]')) {
  button.addEventListener('click', () => vote(button.dataset.vote));
}
at('.back').addEventListener('click', () => go('back', {}));
at('#voter').value = remembered();
