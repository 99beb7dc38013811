package text

import (
	_ "embed" // the list of names
	"strings"
	"sync"
)

//go:embed lexicon/names.list
var namesFile string

// nameSpellings reads the list once, when a name is first asked for.
var nameSpellings = sync.OnceValue(func() *nameTable { return parseNames(namesFile) })

// consonants are the Arabic letters, folded, that stand for Latin ones in names; ""
// where they may be left out.
var consonants = func() map[string][]string {
	all := map[string][]string{}
	for pair := range strings.FieldsSeq(`b=ب p=ب t=ت,ط d=د,ض,ذ k=ك,ق q=ق,ك c=ك,س,ق ck=ك ch=تش,ش,خ,ك,ج tch=تش,تش sh=ش sch=ش,سك s=س,ص,ز z=ز,ذ,ظ,س,ض,تس
		ts=تس tz=تس,تز j=ج,ي,خ g=غ,ج,ق,ك gh=غ kh=خ,ح th=ث,ت,ط dh=ذ,ض,ظ,د f=ف ph=ف v=ف w=و,ف h=ه,ح,ء, l=ل m=م n=ن r=ر x=كس,خ,س y=ي zh=ج
		qu=كو,ق,ك gu=غ,غو ll=ل,ي gn=ني,غن cz=تش,ش sz=ش,س`) {
		latin, arabic, _ := strings.Cut(pair, "=")
		all[latin] = strings.Split(arabic, ",")
	}
	return all
}()
