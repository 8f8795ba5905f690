// Pictures of shots, as small as they are shown: while one is painted, and when it is done. Of
// hundreds only those that are seen are fetched, a few at a time.

const WIDTH = 480; // px, of a card at twice its size
const AT_ONCE = 2;

/** Draws into canvases. */
export class Pictures {
  /** @type {Map<Element, () => Promise<Blob>>} */
  #wanted = new Map();
  /** @type {Array<HTMLCanvasElement>} */
  #queue = [];
  #running = 0;
  #observer = typeof IntersectionObserver === "function"
    ? new IntersectionObserver((entries) => this.#seen(entries), { rootMargin: "200px" })
    : null;

  /**
   * Fetch and draw once the canvas is seen.
   * @param {HTMLCanvasElement} canvas
   * @param {() => Promise<Blob>} fetchIt
   */
  whenSeen(canvas, fetchIt) {
    this.#wanted.set(canvas, fetchIt);
    this.#observer?.unobserve(canvas);
    this.#observer?.observe(canvas);
  }

  /** @param {HTMLCanvasElement} canvas */
  forget(canvas) {
    this.#wanted.delete(canvas);
    this.#observer?.unobserve(canvas);
  }

  /**
   * Draw a picture now; what cannot be read is not shown.
   * @param {HTMLCanvasElement} canvas
   * @param {Blob} picture
   */
  async draw(canvas, picture) {
    if (typeof createImageBitmap !== "function") return;
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
      if (isIntersecting && this.#wanted.has(target)) {
        this.#observer?.unobserve(target);
        this.#queue.push(/** @type {HTMLCanvasElement} */ (target));
      }
    }
    this.#next();
  }

  #next() {
    while (this.#running < AT_ONCE) {
      const canvas = this.#queue.shift();
      if (!canvas) return;
      const fetchIt = this.#wanted.get(canvas);
      this.#wanted.delete(canvas);
      if (!fetchIt) continue;
      this.#running += 1;
      fetchIt()
        .then((blob) => this.draw(canvas, blob))
        .catch(() => undefined) // A card without a picture says its state in words.
        .finally(() => {
          this.#running -= 1;
          this.#next();
        });
    }
  }
}
