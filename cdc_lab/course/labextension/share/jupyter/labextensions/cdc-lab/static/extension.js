// What the course's notebooks need of JupyterLab beyond what it does itself: two small plugins.
//
// It is a prebuilt extension in the form that JupyterLab loads (a module federation container), written by
// hand: it has no dependency of its own, and takes JupyterLab's own modules from what JupyterLab shares.
(() => {
  const PATIENCE_MS = 30000;
  const STEP_MS = 150;
  const STEADY_STEPS = 6; // outputs above the place may still be growing

  let shared = {};

  async function take(name) {
    const versions = shared[name];
    const factory = await versions[Object.keys(versions)[0]].get();
    return factory();
  }

  // JupyterLab's renderer of pictures reads width and height from an output's metadata, and no text.
  // Here metadata['image/png'].alt becomes the picture's alt attribute, as on nbconvert's pages.
  function withAltText(factory) {
    return {
      ...factory,
      createRenderer(options) {
        const renderer = factory.createRenderer(options);
        const render = renderer.render.bind(renderer);
        renderer.render = async model => {
          await render(model);
          const alt = model.metadata[options.mimeType]?.alt;
          if (typeof alt === 'string') {
            renderer.node.querySelector('img')?.setAttribute('alt', alt);
          }
        };
        return renderer;
      }
    };
  }

  async function altText() {
    const { IRenderMimeRegistry } = await take('@jupyterlab/rendermime');
    return {
      id: 'cdc-lab:alt-text',
      description: "Gives pictures the alternative text of their output's metadata.",
      autoStart: true,
      requires: [IRenderMimeRegistry],
      activate: (app, registry) => {
        const factory = registry.getFactory('image/png');
        if (factory) {
          registry.addFactory(withAltText(factory));
        }
      }
    };
  }

  const pause = () => new Promise(resolve => setTimeout(resolve, STEP_MS));

  // JupyterLab looks for a link's anchor when a notebook opens, before its texts are rendered, and finds none.
  async function goTo(panel, id) {
    const name = CSS.escape(id);
    const selector = `[data-jupyter-id="${name}"], [id="${name}"]`;
    let steady = 0;
    let before;
    for (let waited = 0; waited < PATIENCE_MS && steady < STEADY_STEPS && !panel.isDisposed; waited += STEP_MS) {
      const place = panel.node.querySelector(selector);
      const top = place?.getBoundingClientRect().top;
      steady = place && top === before ? steady + 1 : 0;
      if (place && steady === 0) {
        place.scrollIntoView();
      }
      before = place?.getBoundingClientRect().top;
      await pause();
    }
  }

  async function anchors() {
    const { NotebookPanel } = await take('@jupyterlab/notebook');
    return {
      id: 'cdc-lab:anchors',
      description: 'Opens a linked notebook at the anchor that the link names.',
      autoStart: true,
      activate: () => {
        // A link asks for its anchor before anybody else learns of the new notebook: hence the class itself.
        const setFragment = NotebookPanel.prototype.setFragment;
        NotebookPanel.prototype.setFragment = async function (fragment) {
          await setFragment.call(this, fragment);
          const id = decodeURIComponent(fragment.replace(/^#/, ''));
          if (id && !id.includes('cell-id=')) {
            await goTo(this, id);
          }
        };
      }
    };
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB['cdc-lab'] = {
    init: scope => {
      shared = scope;
    },
    get: async () => {
      const plugins = await Promise.all([altText(), anchors()]);
      return () => ({ __esModule: true, default: plugins });
    }
  };
})();
