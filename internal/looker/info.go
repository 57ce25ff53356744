package looker

import (
	"net/http"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
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

func versions(q *request) error {
	current := versionElement{Version: APIVersion, FullVersion: fullVersion, Status: "current",
		SwaggerURL: q.url("swagger.json")}
	return q.reply(versionsBody{
		LookerReleaseVersion: releaseVersion,
		CurrentVersion:       current,
		SupportedVersions:    []versionElement{current},
		APIServerURL:         q.baseURL(),
		WebServerURL:         q.baseURL(),
	})
}

// alive answers that the server accepts requests.
func alive(q *request) error {
	q.w.WriteHeader(http.StatusOK)
	return nil
}

// swagger serves the description that Ruby clients build their methods from.
func swagger(q *request) error { return q.document("swagger.json", q.Swagger) }

// apiSpec serves a description by version and name.
func apiSpec(q *request) error {
	name := q.r.PathValue("specification")
	if q.r.PathValue("api_version") != APIVersion {
		return &directory.Error{Kind: directory.KindNotFound, Field: "api_version", Msg: "must be " + APIVersion}
	}
	switch name {
	case "swagger.json":
		return q.document(name, q.Swagger)
	case "openapi.json", APIVersion + ".oas.json":
		return q.document(name, q.OpenAPI)
	}
	return &directory.Error{Kind: directory.KindNotFound, Field: "specification",
		Msg: "must be swagger.json or openapi.json"}
}

func (q *request) document(name string, body []byte) error {
	if len(body) == 0 {
		return &directory.Error{Kind: directory.KindNotFound, Msg: name + " is not there"}
	}
	httpkit.WriteBody(q.w, http.StatusOK, "application/json", body)
	return nil
}
