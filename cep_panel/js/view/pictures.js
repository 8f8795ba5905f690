// Pictures of shots, as small as they are shown: while one is painted, and when it is done. Of
// hundreds only those that are seen are fetched, a few at a time; one that is out of sight is freed.

const WIDTH = 480; // px, of a card at twice its size
const AT_ONCE = 3;
const NEAR = "400px";

/** Draws into canvases. */
export class Pictures {
  /** What each canvas shows when it is seen. @type {Map<Element, () => Promise<Blob>>} */
  #wanted = new Map();
  /** @type {Set<Element>} */
  #near = new Set();
  /** @type {HTMLCanvasElement[]} */
  #queue = [];
  #running = 0;

  /** @param {HTMLElement} scroller  in which the canvases scroll */
  constructor(scroller) {
    this.observer = new IntersectionObserver((entries) => this.#seen(entries), { root: scroller, rootMargin: NEAR });
  }

  /**
   * Fetch and draw whenever the canvas is seen.
   * @param {HTMLCanvasElement} canvas
   * @param {() => Promise<Blob>} fetchIt
   */
  whenSeen(canvas, fetchIt) {
    const isKnown = this.#wanted.has(canvas);
    this.#wanted.set(canvas, fetchIt);
    if (!isKnown) this.observer.observe(canvas);
    else if (this.#near.has(canvas)) this.#fetch(canvas);
  }

  /** @param {HTMLCanvasElement} canvas */
  forget(canvas) {
    this.#wanted.delete(canvas);
    this.#near.delete(canvas);
    this.observer.unobserve(canvas);
  }

  /**
   * Draw a picture now; what cannot be read is not shown.
   * @param {HTMLCanvasElement} canvas
   * @param {Blob} picture
   */
  async draw(canvas, picture) {
    try {
      const whole = await createImageBitmap(picture);
      const width = Math.min(WIDTH, whole.width);
      canvas.width = width;
      canvas.height = Math.max(1, Math.round((whole.height * width) / whole.width));
      const context = canvas.getContext("2d");
      if (context) {
        context.imageSmoothingQuality = "high";
        context.drawImage(whole, 0, 0, canvas.width, canvas.height);
      }
      whole.close();
      canvas.dataset.drawn = "yes";
    } catch {
      delete canvas.dataset.drawn;
    }
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #seen(entries) {
    for (const { isIntersecting, target } of entries) {
      const canvas = /** @type {HTMLCanvasElement} */ (target);
      if (isIntersecting) {
        this.#near.add(canvas);
        this.#fetch(canvas);
      } else if (this.#near.delete(canvas)) {
        canvas.width = canvas.height = 1;
        delete canvas.dataset.drawn;
      }
    }
  }

  /** @param {HTMLCanvasElement} canvas */
  #fetch(canvas) {
    if (!this.#queue.includes(canvas)) this.#queue.push(canvas);
    this.#next();
  }

  #next() {
    while (this.#running < AT_ONCE) {
      const canvas = this.#queue.shift();
      if (!canvas) return;
      const fetchIt = this.#wanted.get(canvas);
      if (!fetchIt || !this.#near.has(canvas)) continue;
      this.#running += 1;
      fetchIt()
        .then((blob) => (this.#near.has(canvas) ? this.draw(canvas, blob) : undefined))
        .catch(() => undefined) // A card without a picture says its state in words.
        .finally(() => {
          this.#running -= 1;
          this.#next();
        });
    }
  }
}
