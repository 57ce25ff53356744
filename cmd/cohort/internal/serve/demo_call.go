package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"cohort/internal/app"
	"cohort/internal/directory"
	"cohort/internal/render"
)

// A demoClient is an HTTP client of the demo's server.
type demoClient struct {
	base  string
	token string
	http  *http.Client
}

// demoOver logs in, makes the calls, and compares the values of every user.
func demoOver(ctx context.Context, in *app.App, base string) (*demonstration, error) {
	c := &demoClient{base: base, http: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{}}}
	defer c.http.CloseIdleConnections()
	if err := c.login(ctx, in.Made()[0].ClientID, in.Made()[0].Secret); err != nil {
		return nil, err
	}
	users, err := c.users(ctx)
	if err != nil {
		return nil, err
	}
	d := &demonstration{}
	if err := d.count(ctx, in); err != nil {
		return nil, err
	}
	d.Company.Users = len(users)
	for i, step := range []*demoStep{&d.demoStep, &d.Then} {
		plan := demoPlans()[i]
		before, err := c.values(ctx, users, plan.attribute)
		if err != nil {
			return nil, err
		}
		if step.Call, err = c.call(ctx, plan); err != nil {
			return nil, err
		}
		after, err := c.values(ctx, users, plan.attribute)
		if err != nil {
			return nil, err
		}
		if err := step.compare(ctx, in, plan.attribute, users, before, after); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// count counts the groups and attributes of the company.
func (d *demonstration) count(ctx context.Context, in *app.App) error {
	dir := in.Views().As(directory.System("demo"))
	groups, err := dir.Groups(ctx)
	if err != nil {
		return err
	}
	attributes, err := dir.Attributes(ctx)
	if err != nil {
		return err
	}
	for _, a := range attributes {
		if a.ID >= directory.FirstCustomAttribute {
			d.Company.Attributes++
		}
	}
	d.Company.Groups = len(groups) - 1 // without All Users, which every directory has
	return nil
}

// compare divides the users into those whose value the call changed and the others.
func (d *demoStep) compare(
	ctx context.Context, in *app.App, attribute directory.AttributeID, users []demoPerson, before,
	after map[directory.UserID]string,
) error {
	dir := in.Views().As(directory.System("demo"))
	groups, err := dir.Groups(ctx)
	if err != nil {
		return err
	}
	names := map[directory.GroupID]string{}
	for _, g := range groups {
		names[g.ID] = g.Name
	}
	asked, err := dir.Attribute(ctx, attribute)
	if err != nil {
		return err
	}
	groupName := func(id directory.GroupID) string { return names[id] }
	for _, u := range users {
		e, err := dir.Explain(ctx, u.id, attribute)
		if err != nil {
			return err
		}
		spelled := render.ExplanationOf(u.name, &asked, e, groupName, directory.Language(in.Settings().Language))
		row := demoUser{User: u.name, Before: before[u.id], After: after[u.id], Why: spelled.Summary}
		if row.Before != row.After {
			d.Changed = append(d.Changed, row)
		} else {
			d.Same = append(d.Same, row)
		}
	}
	return nil
}

func (c *demoClient) login(ctx context.Context, id, secret string) error {
	form := url.Values{"client_id": {id}, "client_secret": {secret}}
	body, status, err := c.send(ctx, http.MethodPost, "/api/4.0/login", "application/x-www-form-urlencoded", form.Encode())
	if err != nil {
		return err
	}
	var reply struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(body, &reply); err != nil || status != http.StatusOK {
		return fmt.Errorf("log in: status %d", status)
	}
	c.token = reply.Token
	return nil
}

// A demoPerson is a user of the sample company.
type demoPerson struct {
	id   directory.UserID
	name string
}

// users lists the users of the sample company, without the administrator.
func (c *demoClient) users(ctx context.Context) ([]demoPerson, error) {
	var reply []struct {
		ID   string `json:"id"`
		Name string `json:"display_name"`
	}
	if err := c.get(ctx, "/api/4.0/users?fields=id,display_name&sorts=id", &reply); err != nil {
		return nil, err
	}
	var list []demoPerson
	for _, u := range reply {
		id, err := directory.ParseID[directory.UserID]("id", u.ID)
		if err != nil {
			return nil, err
		}
		if id > 1 {
			list = append(list, demoPerson{id, u.Name})
		}
	}
	return list, nil
}

// values reads the value of the attribute for each user.
func (c *demoClient) values(ctx context.Context, users []demoPerson,
	attribute directory.AttributeID) (map[directory.UserID]string, error) {
	values := map[directory.UserID]string{}
	for _, u := range users {
		var reply []struct {
			Value string `json:"value"`
		}
		path := fmt.Sprintf("/api/4.0/users/%d/attribute_values?user_attribute_ids=%d&fields=value", u.id, attribute)
		if err := c.get(ctx, path, &reply); err != nil {
			return nil, err
		}
		if len(reply) == 1 {
			values[u.id] = reply[0].Value
		}
	}
	return values, nil
}

// call makes a call of the demo.
func (c *demoClient) call(ctx context.Context, plan demoPlan) (demoCall, error) {
	call := demoCall{Method: plan.method, Path: plan.path, Body: plan.body}
	reply, status, err := c.send(ctx, call.Method, call.Path, "application/json", call.Body)
	if err != nil {
		return call, err
	}
	call.Status, call.Reply = status, strings.TrimSpace(string(reply))
	if status != http.StatusOK {
		return call, fmt.Errorf("%s %s: status %d", call.Method, call.Path, status)
	}
	return call, nil
}

func (c *demoClient) get(ctx context.Context, path string, reply any) error {
	body, status, err := c.send(ctx, http.MethodGet, path, "", "")
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("GET %s: status %d", path, status)
	}
	return json.Unmarshal(body, reply)
}

// send makes a request and reads at most 1 MiB of the reply.
func (c *demoClient) send(ctx context.Context, method, path, contentType, body string) ([]byte, int, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, strings.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close()
	reply, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return reply, resp.StatusCode, err
}
