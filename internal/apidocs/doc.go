// Package apidocs shows OpenAPI documents as pages that need nothing from outside:
// no script, no font, no request to another host.
package apidocs
