package imports

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"cohort/cmd/cohort/internal/cli"
)

// A tableReport is the result of an import as JSON.
type tableReport struct {
	Kind      string         `json:"kind"`
	Key       string         `json:"key,omitempty"`
	Encoding  string         `json:"encoding"`
	Delimiter string         `json:"delimiter"`
	Ignored   []string       `json:"ignored_columns,omitempty"`
	Rows      int            `json:"rows"`
	Refused   int            `json:"refused"`
	Counts    map[string]int `json:"counts"`
	DryRun    bool           `json:"dry_run"`
	Changes   int            `json:"changes"`
	Revision  int64          `json:"revision,omitempty"`
	RequestID string         `json:"request_id,omitempty"`
}

// tell reports what was done.
func (j *tableJob) tell() error {
	if j.ForPrograms() {
		return j.v.WriteObject(j.Format(), tableReport{
			string(j.table.Kind), j.table.Key, j.table.Encoding, string(j.table.Delimiter), j.table.Ignored, j.table.Total,
			j.refused.n, j.counts,
			j.DryRun, j.done.Changes, j.done.Revision, j.done.RequestID,
		})
	}
	delimiter := map[rune]string{',': "commas", ';': "semicolons", '\t': "tabs"}[j.table.Delimiter]
	if delimiter == "" {
		delimiter = string(j.table.Delimiter)
	}
	fmt.Fprintf(j.v.Stdout, "%d %s rows in %s, separated by %s", j.table.Total, j.table.Kind, j.table.Encoding, delimiter)
	if j.table.Key != "" {
		fmt.Fprintf(j.v.Stdout, ", known by %s", j.table.Key)
	}
	fmt.Fprintln(j.v.Stdout, ".")
	if len(j.table.Ignored) > 0 {
		fmt.Fprintf(j.v.Stdout, "Skipped the columns %s.\n", cli.Plain(strings.Join(j.table.Ignored, ", ")))
	}
	var rows [][]string
	for _, what := range slices.Sorted(maps.Keys(j.counts)) {
		action, kind, _ := strings.Cut(what, " ")
		rows = append(rows, []string{"  " + action, kind + "s", strconv.Itoa(j.counts[what])})
	}
	j.v.Table(rows)
	if len(rows) == 0 {
		fmt.Fprintln(j.v.Stdout, "Nothing to do: the directory is as the table says.")
	}
	if j.refused.n > 0 {
		fmt.Fprintf(j.v.Stdout, "Refused %d of %s:\n", j.refused.n, cli.Count(j.table.Total, "row"))
		for _, line := range j.refused.first {
			fmt.Fprintln(j.v.Stdout, "  "+cli.Plain(line))
		}
		if j.Errors != "" {
			fmt.Fprintf(j.v.Stdout, "All of them are in %s.\n", j.Errors)
		}
	}
	switch {
	case j.done.Changes == 0 && j.job != nil && j.job.Resumed:
		fmt.Fprintf(j.v.Stdout, "The earlier run had committed everything. To undo it: cohort revert --request %s\n",
			j.job.ID)
	case j.done.Changes > 0:
		j.v.Say(fmt.Sprintf("Done in %s, up to revision %d. To undo: cohort revert --request %s",
			cli.Count(j.done.Changes, "change"), j.done.Revision, j.done.RequestID))
	}
	return nil
}
