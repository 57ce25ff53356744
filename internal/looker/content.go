package looker

import (
	"net/http"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker/document"
	"cohort/internal/looker/protocol"
	"cohort/internal/looker/query"
)

// This server has no content. Public tools read folders, looks and dashboards before they read
// people, so content operations answer like an instance without content: with empty lists and
// the two folders that every instance has.

// A contentList is an operation that lists content.
type contentList struct {
	path string
	id   string // the vendor's operationId
}

// contentLists are the lists of content that are always empty. Lists inside a folder belong to
// the operations of folders.
func contentLists() []contentList {
	return []contentList{
		{"/alerts/search", "search_alerts"},
		{"/board_items", "all_board_items"},
		{"/board_sections", "all_board_sections"},
		{"/boards", "all_boards"},
		{"/boards/search", "search_boards"},
		{"/color_collections", "all_color_collections"},
		{"/connections", "all_connections"},
		{"/content_favorite/search", "search_content_favorites"},
		{"/content_metadata", "all_content_metadatas"},
		{"/content_metadata_access", "all_content_metadata_accesses"},
		{"/content_view/search", "search_content_views"},
		{"/dashboard_elements/search", "search_dashboard_elements"},
		{"/dashboards", "all_dashboards"},
		{"/dashboards/search", "search_dashboards"},
		{"/datagroups", "all_datagroups"},
		{"/dialect_info", "all_dialect_infos"},
		{"/integration_hubs", "all_integration_hubs"},
		{"/integrations", "all_integrations"},
		{"/legacy_features", "all_legacy_features"},
		{"/lookml_models", "all_lookml_models"},
		{"/looks", "all_looks"},
		{"/looks/search", "search_looks"},
		{"/primary_homepage_sections", "all_primary_homepage_sections"},
		{"/projects", "all_projects"},
		{"/running_queries", "all_running_queries"},
		{"/scheduled_plans", "all_scheduled_plans"},
		{"/themes", "all_themes"},
		{"/themes/active", "active_themes"},
		{"/themes/search", "search_themes"},
	}
}

// contentOperations are the operations that read content.
func contentOperations() []protocol.Operation {
	list := []protocol.Operation{
		protocol.Read.Op("GET /folders", "all_folders", allFolders),
		protocol.Read.Op("GET /folders/search", "search_folders", searchFolders),
		protocol.Read.Op("GET /folders/{folder_id}", "folder", folder),
		protocol.Read.Op("GET /content_metadata/{content_metadata_id}", "content_metadata", contentMetadata),
	}
	for _, below := range []struct{ path, id string }{
		{"/children", "folder_children"}, {"/children/search", "folder_children_search"}, {"/ancestors", "folder_ancestors"},
		{"/looks", "folder_looks"}, {"/dashboards", "folder_dashboards"},
	} {
		list = append(list, protocol.Read.Op("GET /folders/{folder_id}"+below.path, below.id, insideFolder))
	}
	for _, c := range contentLists() {
		list = append(list, protocol.Read.Op("GET "+c.path, c.id, noContentList))
	}
	return list
}

// missingRoutes are paths that other routes would match by mistake: writes of content, and
// operations of newer versions of the API.
func missingRoutes() []string {
	list := []string{
		"POST " + protocol.Prefix + "/users/service_accounts",
		"PATCH " + protocol.Prefix + "/users/{user_id}/credentials_api3/{credentials_api3_id}",
	}
	for _, op := range contentOperations() {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			list = append(list, method+" "+protocol.Prefix+op.Path())
		}
	}
	return list
}

// noContentList answers with an empty list.
func noContentList(q *protocol.Request) error {
	page, err := httpkit.ParsePage(q.Params.Values)
	if err != nil {
		return err
	}
	return q.ReplyPage([]struct{}{}, page, 0)
}

// A folderBody is the vendor's Folder.
type folderBody struct {
	Can                  document.Can `json:"can"`
	ID                   string       `json:"id"`
	Name                 string       `json:"name"`
	ParentID             *string      `json:"parent_id"`
	ContentMetadataID    string       `json:"content_metadata_id"`
	CreatedAt            *string      `json:"created_at"`
	CreatorID            *string      `json:"creator_id"`
	ChildCount           int64        `json:"child_count"`
	ExternalID           *string      `json:"external_id"`
	IsEmbed              bool         `json:"is_embed"`
	IsEmbedSharedRoot    bool         `json:"is_embed_shared_root"`
	IsEmbedUsersRoot     bool         `json:"is_embed_users_root"`
	IsPersonal           bool         `json:"is_personal"`
	IsPersonalDescendant bool         `json:"is_personal_descendant"`
	IsSharedRoot         bool         `json:"is_shared_root"`
	IsUsersRoot          bool         `json:"is_users_root"`
	Dashboards           []struct{}   `json:"dashboards"`
	Looks                []struct{}   `json:"looks"`
}

// A contentMetadataBody is the vendor's ContentMeta, of a folder.
type contentMetadataBody struct {
	Can         document.Can `json:"can"`
	ID          string       `json:"id"`
	Name        string       `json:"name"`
	Type        string       `json:"content_type"`
	ParentID    *string      `json:"parent_id"`
	DashboardID *string      `json:"dashboard_id"`
	LookID      *string      `json:"look_id"`
	FolderID    string       `json:"folder_id"`
	Inherits    bool         `json:"inherits"`
}

// folders are the two folders of an instance without content: the root of shared content,
// which is also everybody's home, and the root of personal folders.
func folders() []folderBody {
	return []folderBody{
		{Can: document.Can{}, ID: document.DefaultHomeFolder, Name: "Shared", ContentMetadataID: "1", IsSharedRoot: true},
		{Can: document.Can{}, ID: "2", Name: "Users", ContentMetadataID: "2", IsUsersRoot: true},
	}
}

func allFolders(q *protocol.Request) error { return replyFolders(q, folders()) }

func replyFolders(q *protocol.Request, list []folderBody) error {
	return protocol.ReplyList(q, list, query.Ordering[folderBody]{
		"id":   query.ByText(func(f folderBody) string { return f.ID }),
		"name": query.ByText(func(f folderBody) string { return f.Name }),
	}, func(_ *protocol.Request, part []folderBody) ([]folderBody, error) {
		return append([]folderBody{}, part...), nil
	})
}

// searchFolders lists the folders that match.
func searchFolders(q *protocol.Request) error {
	s := query.NewSearch[folderBody](q.Params)
	s.Text("id", func(f folderBody) *string { return &f.ID })
	s.Text("name", func(f folderBody) *string { return &f.Name })
	for _, name := range []string{"parent_id", "creator_id"} {
		s.Text(name, func(folderBody) *string { return nil })
	}
	s.Flag("is_shared_root", func(f folderBody) bool { return f.IsSharedRoot })
	s.Flag("is_users_root", func(f folderBody) bool { return f.IsUsersRoot })
	list, err := s.Filter(folders())
	if err != nil {
		return err
	}
	return replyFolders(q, list)
}

// folder answers with one folder.
func folder(q *protocol.Request) error {
	f, err := pathFolder(q, "folder_id")
	if err != nil {
		return err
	}
	return q.Reply(f)
}

// insideFolder answers with the contents of a folder, which are always empty.
func insideFolder(q *protocol.Request) error {
	if _, err := pathFolder(q, "folder_id"); err != nil {
		return err
	}
	return noContentList(q)
}

// contentMetadata answers that access to a folder is not restricted.
func contentMetadata(q *protocol.Request) error {
	f, err := pathFolder(q, "content_metadata_id")
	if err != nil {
		return err
	}
	return q.Reply(contentMetadataBody{Can: document.Can{}, ID: f.ContentMetadataID, Name: f.Name, Type: "folder",
		FolderID: f.ID, Inherits: true})
}

// pathFolder returns the folder in the path.
func pathFolder(q *protocol.Request, name string) (folderBody, error) {
	id := q.R.PathValue(name)
	for _, f := range folders() {
		if f.ID == id {
			return f, nil
		}
	}
	return folderBody{}, directory.NotFound(name, id)
}
