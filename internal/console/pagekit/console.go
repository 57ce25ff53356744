package pagekit

import "io/fs"

// A Console is the state that all requests share.
type Console struct {
	Config
	pages  *pages
	assets *assets
	found  memory
	read   draftMemory
}

// New loads the templates and the static files below the folders templates and static.
func New(cfg Config, files fs.FS) (*Console, error) {
	cfg.Kit = cfg.WithDefaults()
	assets, err := loadAssets(files)
	if err != nil {
		return nil, err
	}
	pages, err := loadPages(files, assets.url)
	if err != nil {
		return nil, err
	}
	return &Console{Config: cfg, pages: pages, assets: assets}, nil
}
