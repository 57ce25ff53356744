// Package api holds our OpenAPI documents, one for each dialect that has one,
// and gives them in the forms that clients ask for.
//
// It knows nothing of the servers that answer them, and nothing checks replies
// against it at run time; tests do, with package apicheck.
package api

import _ "embed"

//go:embed looker.yaml
var looker string

//go:embed looker.json
var lookerJSON string

//go:embed looker.swagger.json
var lookerSwagger string

//go:embed native.yaml
var native string

//go:embed native.openapi30.json
var native30 string

//go:embed propeller.yaml
var propeller string

//go:embed scim.yaml
var scim string

//go:embed scim.json
var scimJSON string

// Propeller is the document of the Propeller dialect: OpenAPI 3.0 as YAML.
func Propeller() string { return propeller }

// SCIM is the document of the SCIM dialect: OpenAPI 3.0 as YAML. The one below
// is made of it by go test ./api -update.
func SCIM() string { return scim }

// SCIMJSON is the document of the SCIM dialect in JSON.
func SCIMJSON() string { return scimJSON }

// Native is the document of the native dialect: OpenAPI 3.1 as YAML.
func Native() string { return native }

// Native30 is the document of the native dialect as OpenAPI 3.0, in JSON: some
// generators read no other. It is made of the one above by go test ./api -update.
func Native30() string { return native30 }

// Looker is the document of the Looker dialect: OpenAPI 3.0 as YAML. The two
// below are made of it by go test ./api -update.
func Looker() string { return looker }

// LookerJSON is the document of the Looker dialect in JSON.
func LookerJSON() string { return lookerJSON }

// LookerSwagger is the document of the Looker dialect as Swagger 2.0, in JSON:
// the official Ruby SDK builds its methods from it.
func LookerSwagger() string { return lookerSwagger }
