package native

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/intake"
)

func (a *api) importRoutes() []route {
	return []route{
		{"GET /v1/imports", a.imports},
		{"POST /v1/imports", a.upload},
		{"GET /v1/imports/{import}", a.importOf},
		{"POST /v1/imports/{import}/commit", a.commitImport},
		{"GET /v1/imports/{import}/refused.csv", a.refusedRows},
		{"DELETE /v1/imports/{import}", a.deleteImport},
	}
}

// importOptions reads how to import a file from the query.
func (q *request) importOptions() (o intake.Options, err error) {
	get := q.query.Get
	o = intake.Options{
		Format: intake.Format(get("format")), Kind: get("kind"), Key: get("key"), Mode: intake.Mode(get("mode")),
		Delimiter: get("delimiter"),
		Encoding:  get("encoding"), DateFormat: get("date_format"), Source: get("source"),
	}
	if o.Format == "" {
		o.Format = intake.CSV
	}
	if text := get("values"); text != "" {
		o.Values = strings.Split(text, ",")
	}
	for name, to := range map[string]*bool{
		"all": &o.All, "ignore_columns": &o.IgnoreColumns, "secrets": &o.Secrets, "spreadsheet": &o.Spreadsheet,
	} {
		if *to, _, err = q.flag(name); err != nil {
			return o, err
		}
	}
	if text := get("map"); text != "" {
		if err := json.Unmarshal([]byte(text), &o.Map); err != nil {
			return o, directory.Malformed("map",
				`must be an object of fields by column, such as {"Personnel number":"source:hr"}`)
		}
	}
	return o, nil
}

// upload stores a file and answers with what importing it would do.
func (a *api) upload(q *request) error {
	o, err := q.importOptions()
	if err != nil {
		return err
	}
	kind, _, _ := strings.Cut(q.r.Header.Get("Content-Type"), ";")
	if kind = strings.TrimSpace(kind); !slices.Contains([]string{"text/csv", "text/plain", "application/json", "text/ldif",
		"application/octet-stream"}, kind) {
		return &directory.Error{
			Kind: directory.KindUnsupportedMedia,
			Msg:  "Content-Type must be text/csv, text/ldif, application/json, text/plain or application/octet-stream",
		}
	}
	data, err := io.ReadAll(io.LimitReader(q.r.Body, intake.MaxFile+1))
	if err != nil {
		return err
	}
	report, err := a.Imports.Upload(q.ctx(), q.caller, o, data)
	if err != nil {
		return err
	}
	q.w.Header().Set("Location", "/v1/imports/"+report.ID)
	return httpkit.WriteLine(q.w, http.StatusAccepted, report)
}

func (a *api) imports(q *request) error {
	list, err := a.Imports.List(q.ctx(), q.caller)
	if err != nil {
		return err
	}
	return httpkit.WriteLine(q.w, http.StatusOK, struct {
		Imports []intake.Report `json:"imports"`
	}{list})
}

func (a *api) importOf(q *request) error {
	report, err := a.Imports.Get(q.ctx(), q.caller, q.r.PathValue("import"))
	if err != nil {
		return err
	}
	return httpkit.WriteLine(q.w, http.StatusOK, report)
}

// commitImport imports a file, or a part of it: 202 means that more remains.
func (a *api) commitImport(q *request) error {
	var in struct {
		Token         string `json:"token"`
		AllowRemovals int    `json:"allow_removals"`
		Comment       string `json:"comment"`
	}
	if err := q.body(&in); err != nil {
		return err
	}
	if in.Token == "" {
		return directory.Missing("token")
	}
	report, err := a.Imports.Commit(q.ctx(), q.caller, q.r.PathValue("import"),
		intake.Go{Token: in.Token, AllowRemovals: in.AllowRemovals, Comment: in.Comment})
	if err != nil {
		return err
	}
	status := http.StatusOK
	if report.State == intake.Committing {
		status = http.StatusAccepted
	}
	return httpkit.WriteLine(q.w, status, report)
}

func (a *api) refusedRows(q *request) error {
	rows, err := a.Imports.Refused(q.ctx(), q.caller, q.r.PathValue("import"))
	if err != nil {
		return err
	}
	q.w.Header().Set("Content-Disposition", `attachment; filename="refused.csv"`)
	httpkit.WriteBody(q.w, http.StatusOK, "text/csv; charset=utf-8", rows)
	return nil
}

func (a *api) deleteImport(q *request) error {
	if err := a.Imports.Delete(q.ctx(), q.caller, q.r.PathValue("import")); err != nil {
		return err
	}
	q.w.WriteHeader(http.StatusNoContent)
	return nil
}
