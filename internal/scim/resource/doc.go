// Package resource is what SCIM says about resources (RFC 7643 and 7644): JSON trees with
// schemas, filters, PATCH and the choice of attributes, with the tolerance for what providers
// send in fact.
//
// It is pure: it knows neither the directory nor requests.
package resource
