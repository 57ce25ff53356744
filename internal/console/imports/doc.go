// Package imports is the pages on which people import files.
package imports
