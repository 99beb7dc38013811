package serve

// The points at which crash is called beside those of package alert.
const (
	crashBeforeAccept = "before-accept"
	crashAfterAccept  = "after-accept"
)
