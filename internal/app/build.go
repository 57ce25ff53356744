package app

import (
	"runtime"
	"runtime/debug"
)

// A Build describes what the program was built from.
type Build struct {
	Version  string `json:"version"`
	Revision string `json:"revision"` // of the source; "unknown" if the build did not record it
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// ThisBuild returns the Build of the running program.
func ThisBuild() Build {
	b := Build{Version: "unknown", Revision: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" +
		runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Revision = s.Value
		}
	}
	return b
}
