package e2e

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
)

// native writes hidden values through the native API, and reads what is not
// read with GET, or never ends.
func (c *canary) native() {
	value := func(what string) string { return fmt.Sprintf(`{"value":%q}`, c.secret(what+" through the native API")) }
	groupValue := "/v1/groups/" + c.group + "/values/" + c.pin
	c.put("PUT", groupValue, value("a group value"))
	c.put("PUT", "/v1/users/"+c.user+"/values/"+c.pin, value("a user value"))
	c.put("PUT", "/v1/attributes/"+c.pin+"/values", fmt.Sprintf(`{"values":[{"group":%q,"value":%q}]}`, c.group,
		c.secret("a value in a list through the native API")))
	last := c.secret("a group value in a change")
	edits := fmt.Sprintf(`{"comment":"canaries","edits":[
		{"edit":"create_attribute","name":"cage","type":"string","hidden":true,"default":%[4]q},
		{"edit":"set_group_value","group":%[1]q,"attribute":"$0","value":%[5]q},
		{"edit":"set_group_value","group":%[1]q,"attribute":%[2]q,"value":%[3]q},
		{"edit":"update_attribute","attribute":%[2]q,"default":%[6]q}]}`,
		c.group, c.pin, last, c.secret("a default in a change"), c.secret("a value of what the change makes"),
		c.secret("a new default in a change"))
	c.put("POST", "/v1/preview", edits)
	for range 2 { // the second time it is answered from what was kept of the first
		c.mistake("POST", "/v1/changes", edits, http.Header{"Idempotency-Key": {"canary"}})
	}
	c.put("POST", "/v1/effective", fmt.Sprintf(`{"users":[%q,"1"]}`, c.user))

	r, err := c.s.ask(http.MethodPost, groupValue+"/reveal", c.admin, "")
	if err != nil || !strings.Contains(r.body, last) {
		c.t.Errorf("who may reveal hidden values is not shown one: %v, %+v", err, r)
	}
	r, err = c.s.ask(http.MethodPost, groupValue+"/reveal", c.ada, "")
	if err != nil {
		c.t.Fatal(err)
	}
	c.secrets.clean(c.t, "the reply to who may not reveal hidden values", []byte(r.body))
	c.stream()
}

// stream reads all changes as they are sent, up to the last.
func (c *canary) stream() {
	me, err := c.s.ask(http.MethodGet, "/v1/me", c.admin, "")
	if err != nil {
		c.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet,
		c.s.direct.Load().String()+"/v1/changes/stream?after=0", nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.admin)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	last := "id: " + me.header.Get("Cohort-Revision")
	for lines := bufio.NewReader(resp.Body); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			c.t.Errorf("the stream ends before %s: %v", last, err)
			return
		}
		c.secrets.clean(c.t, "the stream of changes", []byte(line))
		if strings.TrimSpace(line) == last {
			return
		}
	}
}
