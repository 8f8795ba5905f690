'use strict';
const said = document.querySelector('.said');

/** Pages from the disk may be refused the clipboard; then the lines are selected and copied. */
async function copy(pre) {
  try {
    await navigator.clipboard.writeText(pre.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(pre);
    return document.execCommand('copy');
  }
}

for (const code of document.querySelectorAll('.code')) {
  const [pre, button] = [code.querySelector('pre'), code.querySelector('button')];
  const name = code.closest('article').id;
  button.hidden = false;
  button.setAttribute('aria-label', `Copy ${name}`);
  button.addEventListener('click', async () => {
    const done = await copy(pre);
    button.textContent = done ? 'Copied' : 'Select it';
    said.textContent = done ? `${name} is copied.` : 'Copying was refused.';
    setTimeout(() => { button.textContent = 'Copy'; }, 1600);
  });
}
