package main

import (
	"runtime"
	"runtime/debug"
)

// A versionCmd says what is running.
type versionCmd struct {
	JSON bool `name:"json" help:"write JSON"`
}

// A build says what the program was built from.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision"` // of the source; "unknown" if the build did not record it
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func thisBuild() build {
	b := build{Version: "unknown", Revision: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
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

// Run prints the build.
func (c *versionCmd) Run(v *invocation) error {
	b := thisBuild()
	if c.JSON {
		return v.json(b)
	}
	v.table([][]string{{"cohort", b.Version}, {"revision", b.Revision}, {"go", b.Go}, {"platform", b.Platform}})
	return nil
}
