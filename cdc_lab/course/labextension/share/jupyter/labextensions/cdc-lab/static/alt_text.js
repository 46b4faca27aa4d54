// JupyterLab's own renderer of pictures reads width and height from an output's metadata, and no text.
// This extension adds what nbconvert reads too: metadata['image/png'].alt becomes the picture's alt attribute.
//
// It is a prebuilt extension in the form that JupyterLab loads (a module federation container), written by
// hand: it has no dependency of its own, and takes JupyterLab's renderer from what JupyterLab shares.
(() => {
  let shared = {};

  async function take(name) {
    const versions = shared[name];
    const factory = await versions[Object.keys(versions)[0]].get();
    return factory();
  }

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

  async function plugin() {
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

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB['cdc-lab'] = {
    init: scope => {
      shared = scope;
    },
    get: async () => {
      const made = await plugin();
      return () => ({ __esModule: true, default: made });
    }
  };
})();
