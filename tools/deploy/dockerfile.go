package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// checkDockerfile makes the plan of a build, with all of BuildKit's checks. Base
// images are taken as empty ones: nothing is downloaded.
func checkDockerfile(ctx context.Context, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	source := llb.NewSourceMap(nil, path, "Dockerfile", text)
	source.Definition = &llb.Definition{}
	results, err := dockerfile2llb.DockerfileLint(ctx, text, dockerfile2llb.ConvertOpt{
		SourceMap:      source,
		MetaResolver:   anyImage{},
		TargetPlatform: &ocispecs.Platform{OS: "linux", Architecture: "amd64"},
	})
	if err != nil {
		return err
	}
	var errs []error
	if results.Error != nil {
		errs = append(errs, errors.New(results.Error.Message))
	}
	for _, w := range results.Warnings {
		line := int32(0)
		if len(w.Location.GetRanges()) > 0 {
			line = w.Location.GetRanges()[0].GetStart().GetLine()
		}
		errs = append(errs, fmt.Errorf("line %d: %s: %s", line, w.RuleName, w.Detail))
	}
	return errors.Join(errs...)
}

// anyImage knows every image, as an empty one.
type anyImage struct{}

// ResolveImageConfig is what BuildKit asks of a registry.
func (anyImage) ResolveImageConfig(_ context.Context, ref string,
	_ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	config, err := json.Marshal(ocispecs.Image{Platform: ocispecs.Platform{OS: "linux", Architecture: "amd64"}})
	return ref, digest.FromBytes(config), config, err
}
