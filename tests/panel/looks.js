/* What can be measured of a page's looks. */
({
  /* Controls and boxes that leave the page, cut their words, or are too small to be pressed. */
  cutOff() {
    const width = document.documentElement.clientWidth;
    const found = [];
    const boxes = "button, input, select, textarea, summary, h1, h2, .notice, .card";
    for (const one of document.querySelectorAll(boxes)) {
      const box = one.getBoundingClientRect();
      if (box.width === 0) continue; // not shown
      const name = `${one.tagName} ${one.id || one.textContent.slice(0, 30)}`;
      if (box.left < 0 || box.right > width + 0.5) found.push(`${name} leaves the page`);
      if (one.tagName === "SELECT" && this.widthFor(one) > box.width + 0.5) {
        found.push(`${one.id || one.getAttribute("aria-label")} cuts: ${one.selectedOptions[0].text}`);
      }
      if (one.tagName !== "BUTTON") continue;
      // A name that ends in dots is told whole by its title.
      const isElided = (node) => one.title && getComputedStyle(node).textOverflow === "ellipsis";
      const cut = !isElided(one) && [...one.childNodes].some((node) => {
        const words = document.createRange();
        words.selectNodeContents(node);
        const inside = (node.nodeType === 1 && isElided(node) ? node : words).getBoundingClientRect();
        if (inside.width === 0) return false; // blanks between elements
        return inside.left < box.left || inside.right > box.right || inside.bottom > box.bottom + 1;
      });
      if (cut) found.push(`${name} cuts its text`);
      if (box.height < 20 || box.width < 16) found.push(`${name} is too small`);
    }
    if (document.documentElement.scrollWidth > width) found.push("the page scrolls sideways");
    return found;
  },

  /* px that a list needs to show what is chosen in it. */
  widthFor(list) {
    const [chosen] = list.selectedOptions;
    if (!chosen) return 0;
    const alone = list.cloneNode(false);
    alone.append(chosen.cloneNode(true));
    alone.removeAttribute("id");
    const free = { position: "fixed", width: "max-content", maxWidth: "none", flex: "none" };
    Object.assign(alone.style, free);
    list.after(alone);
    const { width } = alone.getBoundingClientRect();
    alone.remove();
    return width;
  },

  /* [contrast, where] of every text that is shown, by WCAG's formula, over all that lies below it. */
  contrasts() {
    const parts = (text) => {
      const numbers = text.match(/[\d.]+/g).map(Number);
      return numbers.length === 4 ? numbers : [...numbers, 1];
    };
    const over = (front, back) =>
      [0, 1, 2].map((i) => front[i] * front[3] + back[i] * (1 - front[3])).concat(1);
    const ground = (one) => {
      const layers = [];
      for (let at = one; at; at = at.parentElement) {
        layers.push(parts(getComputedStyle(at).backgroundColor));
      }
      return layers.reverse().reduce((back, front) => over(front, back), [255, 255, 255, 1]);
    };
    const linear = (part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    const light = (colour) => {
      const [r, g, b] = colour.map((part) => linear(part / 255));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const found = [];
    for (const one of document.querySelectorAll("body *")) {
      const hasWords = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
      const isShown = one.getBoundingClientRect().width > 0;
      if (!hasWords || !isShown || one.closest(":disabled, option, [hidden], svg")) continue;
      const back = ground(one);
      const pair = [light(over(parts(getComputedStyle(one).color), back)), light(back)];
      const contrast = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
      found.push([contrast, `${one.tagName}.${one.className} ${one.textContent.slice(0, 30)}`]);
    }
    return found;
  },

  /* The control that has the focus, and whether one sees that it has. */
  focused() {
    const at = document.activeElement;
    return [
      at.id || at.getAttribute("aria-label") || at.textContent,
      at === document.body || getComputedStyle(at).outlineStyle !== "none",
    ];
  },

  /* [HTML, name] of every control that is shown. */
  names() {
    const all = document.querySelectorAll("button, input, select, textarea, canvas, progress");
    const labelled = (one) => one.labels && one.labels[0] && one.labels[0].textContent;
    return [...all]
      .filter((one) => one.getBoundingClientRect().width > 0 && !one.closest("[aria-hidden=true]"))
      .map((one) => [
        one.outerHTML.slice(0, 80),
        one.getAttribute("aria-label") || labelled(one) || one.textContent,
      ]);
  },

  foldOut() {
    for (const one of document.querySelectorAll("details")) one.open = true;
  },
})
