package main

import (
	"context"
	"database/sql"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"cohort/perf/lab"
	"cohort/perf/measure"
)

// markdown writes the report.
func markdown(ctx context.Context, l *lab.Lab, o options, found []finding, took time.Duration) string {
	var b strings.Builder
	b.WriteString("# Measured\n\nWritten by `make bench`; README.md says how to read it. ")
	verdicts, failed, missing := 0, 0, 0
	for _, f := range found {
		for _, v := range f.result.Verdicts {
			verdicts++
			if !v.Pass {
				failed++
			}
		}
		if f.err != nil {
			missing++
		}
	}
	fmt.Fprintf(&b, "Of %d budgets %d are met and %d are not", verdicts, verdicts-failed, failed)
	if missing > 0 {
		fmt.Fprintf(&b, "; %d lines could not be measured", missing)
	}
	b.WriteString(".\n\n")
	fmt.Fprintf(&b, "- Machine: %s\n", measure.Machine())
	for _, v := range versions(ctx, l) {
		fmt.Fprintf(&b, "- %s\n", v)
	}
	fmt.Fprintf(&b, "- Run: %s, %d rounds, scale %g%s, %s in all\n\n",
		time.Now().UTC().Format(time.DateOnly), o.rounds, o.scale, smaller(o.scale), took.Round(time.Second))
	surfaces := map[string]bool{}
	for _, f := range found {
		if !surfaces[f.line.surface] {
			surfaces[f.line.surface] = true
			table(&b, o, f.line.surface, found)
		}
	}
	for _, f := range found {
		section(&b, f, withoutPaths(l))
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// table writes the budgets of a surface.
func table(b *strings.Builder, o options, surface string, found []finding) {
	fmt.Fprintf(b, "**%s**\n\n| What | Budget | Measured: median (least to greatest) | | Repeat with |\n"+
		"|---|---|---|---|---|\n", surface)
	for _, f := range found {
		if f.line.surface != surface {
			continue
		}
		for _, v := range f.result.Verdicts {
			fmt.Fprintf(b, "| %s | %s | %s | %s | `%s` |\n", v.What, v.Budget, v.Measured, passed(v.Pass), repeat(f.line, o))
		}
		if f.err != nil {
			fmt.Fprintf(b, "| %s | | not measured | **fail** | `%s` |\n", f.line.about, repeat(f.line, o))
		}
	}
	b.WriteString("\n")
}

func smaller(scale float64) string {
	if scale < 1 {
		return " (smaller than what the budgets are for)"
	}
	return ""
}

func repeat(one line, o options) string {
	text := "make bench ONLY=" + one.name
	if o.scale != 1 {
		text += fmt.Sprintf(" SCALE=%g", o.scale)
	}
	return text
}

// withoutPaths removes paths of this machine from messages.
func withoutPaths(l *lab.Lab) *strings.Replacer {
	return strings.NewReplacer("\n", " ", l.Work, "(work)", filepath.Dir(l.Self), "(build)", filepath.Dir(l.Cohort),
		"(build)")
}

func section(b *strings.Builder, f finding, clean *strings.Replacer) {
	fmt.Fprintf(b, "## %s\n\n%s. Took %s; the load of the machine was %s before.\n", f.line.name, f.line.about,
		f.took.Round(time.Second), f.load)
	if f.err != nil {
		fmt.Fprintf(b, "\nNot measured: %s\n", clean.Replace(f.err.Error()))
	}
	if len(f.result.Notes) > 0 {
		b.WriteString("\n")
	}
	for _, note := range f.result.Notes {
		fmt.Fprintf(b, "- %s\n", note)
	}
	for _, t := range f.result.Tables {
		fmt.Fprintf(b, "\n%s\n\n| %s |\n|%s\n", t.Title, strings.Join(t.Head, " | "), strings.Repeat("---|", len(t.Head)))
		for _, row := range t.Rows {
			fmt.Fprintf(b, "| %s |\n", strings.Join(row, " | "))
		}
	}
	b.WriteString("\n")
}

// versions are the versions of the programs that took part.
func versions(ctx context.Context, l *lab.Lab) []string {
	list := []string{"Go " + strings.TrimPrefix(runtime.Version(), "go")}
	if v, err := sqliteVersion(ctx); err == nil {
		list = append(list, "SQLite "+v)
	}
	if v, err := l.PostgresVersion(ctx); err == nil {
		list = append(list, "PostgreSQL "+v)
	}
	if l.OPA != "" {
		if out, err := exec.CommandContext(ctx, l.OPA, "version").Output(); err == nil {
			first, _, _ := strings.Cut(string(out), "\n")
			list = append(list, "Open Policy Agent "+strings.TrimPrefix(first, "Version: "))
		}
	}
	return list
}

func sqliteVersion(ctx context.Context) (v string, err error) {
	db, err := sql.Open("sqlite", "file::memory:")
	if err != nil {
		return "", err
	}
	defer db.Close()
	return v, db.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&v)
}
