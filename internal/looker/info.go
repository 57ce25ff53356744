package looker

import (
	"net/http"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker/protocol"
)

// The versions that this dialect reports, beside that of the API.
const (
	fullVersion    = "4.0.24.6"
	releaseVersion = "24.6.13"
)

// A versionsBody is the vendor's ApiVersion.
type versionsBody struct {
	LookerReleaseVersion string           `json:"looker_release_version"`
	CurrentVersion       versionElement   `json:"current_version"`
	SupportedVersions    []versionElement `json:"supported_versions"`
	APIServerURL         string           `json:"api_server_url"`
	WebServerURL         string           `json:"web_server_url"`
}

type versionElement struct {
	Version     string `json:"version"`
	FullVersion string `json:"full_version"`
	Status      string `json:"status"`
	SwaggerURL  string `json:"swagger_url"`
}

func versions(q *protocol.Request) error {
	current := versionElement{Version: protocol.APIVersion, FullVersion: fullVersion, Status: "current",
		SwaggerURL: q.URL("swagger.json")}
	return q.Reply(versionsBody{
		LookerReleaseVersion: releaseVersion,
		CurrentVersion:       current,
		SupportedVersions:    []versionElement{current},
		APIServerURL:         q.ServerURL(),
		WebServerURL:         q.ServerURL(),
	})
}

// alive answers that the server accepts requests.
func alive(q *protocol.Request) error {
	q.W.WriteHeader(http.StatusOK)
	return nil
}

// swagger serves the description that Ruby clients build their methods from.
func swagger(q *protocol.Request) error { return description(q, "swagger.json", q.Swagger) }

// apiSpec serves a description by version and name.
func apiSpec(q *protocol.Request) error {
	name := q.R.PathValue("specification")
	if q.R.PathValue("api_version") != protocol.APIVersion {
		return &directory.Error{Kind: directory.KindNotFound, Field: "api_version", Msg: "must be " + protocol.APIVersion}
	}
	switch name {
	case "swagger.json":
		return description(q, name, q.Swagger)
	case "openapi.json", protocol.APIVersion + ".oas.json":
		return description(q, name, q.OpenAPI)
	}
	return &directory.Error{Kind: directory.KindNotFound, Field: "specification",
		Msg: "must be swagger.json or openapi.json"}
}

func description(q *protocol.Request, name string, body []byte) error {
	if len(body) == 0 {
		return &directory.Error{Kind: directory.KindNotFound, Msg: name + " is not there"}
	}
	httpkit.WriteBody(q.W, http.StatusOK, "application/json", body)
	return nil
}
