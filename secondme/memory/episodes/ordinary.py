"""English words by what they do in a sentence: those that say nothing by themselves, and what stands before a thing.

`SILENT` words are grammar, numbers and the calendar. `DULL` ones are what everybody says of everything, most of all in
chats; within a phrase they may be needed ("support group"). Lists, and no rules.
"""

from __future__ import annotations

_SILENT = """
a about above across actually after again against ago all almost along already also although always am an and another
any anybody anyone anything anyway are aren't around as at away back be became because become been before behind being
below besides between both but by came can can't cannot come could couldn't did didn't do does doesn't doing don't
done down during each either else enough especially even ever every everybody everyone everything except far few first
for from further gave get gets getting give given gives giving go goes going gone gonna got gotta had hadn't has
hasn't have haven't having he he'd he'll he's hello her here here's hers herself hey hi him himself his how how's
however i i'd i'll i'm i've if in including indeed inside instead into is isn't it it'd it'll it's its itself just
keep keeps kept kind kinda last later least less let let's like likely little lot lots made make makes making many may
maybe me mean means meanwhile might mine more most much must my myself near nearly need needs neither never next no
nobody none nor not nothing now of off often oh ok okay on once one one's ones only onto or other others otherwise our
ours ourselves out outside over own past per perhaps please put puts quite rather re really right said same saw say
saying says second see seem seems seen several shall she she'd she'll she's should shouldn't since so some somebody
someone something sometimes somewhere soon still stuff such sure take taken takes taking tell tells than that that's
the their theirs them themselves then there there's therefore these they they'd they'll they're they've thing things
think thinking this those though thought through till to today together told tomorrow tonight too took toward towards
tried try trying two under unless until up upon us use used uses using usually very via wanna want wanted wants was
wasn't way we we'd we'll we're we've well went were weren't what what's whatever when when's where where's whether
which while who who's whoever whole whom whose why why's will with within without won't would wouldn't yeah yes
yesterday yet you you'd you'll you're you've your yours yourself yup y'all ya gotten else's etc eg ie three four five
six seven eight nine ten hundred thousand dozen couple monday tuesday wednesday thursday friday saturday sunday
january february march april june july august september october november december mon tue wed thu fri sat sun jan feb
mar apr jun jul aug sep sept oct nov dec day days week weeks weekend month months year years morning afternoon evening
night time times hour hours minute minutes recently lately early late earlier latest whenever wherever
"""
_DULL = """
able absolutely agree agreed agrees amazing amazed anytime appreciate appreciated asked ask asks aw awe aww awesome
bad beautiful beautifully believe best better big bit blast blessed bring brings brought bye call called calm care
caring catch chance change changed changes changing chat chatted chatting check cherish close clear comes coming
congrats congratulations connect continue cool course crazy cute deal dear decided deep def definitely deserve
difference different difficult doubt easy encouraging end enjoy enjoyed enjoying enjoys excited exciting excitement
expect experience experiences explore exactly express expressing face fantastic fave favorite favourite feel feeling
feelings feels felt figure find finding fine finish finished folks forget forward found free fresh full fun funny
future glad gorgeous great grateful guess guys haha happen happened happening happens happiness happy hard hear heard
heart hell help helped helpful helping helps honestly hope hoping hopefully huge hug idea ideas images image imagine
impact important impressive incredible inspire inspired inspires inspiring interested interesting involved job joy
keeping key kinds knew know knowing known knows learn learned learning learnt leave left life lifes live lives lol
look looked looking looks lose love loved lovely loves loving luck lucky luckily main man matter mattered matters
meaningful meant meet memorable memories memory mind miss missed moment moments move nah name nice normal note notice
number old open opportunity part perfect perfectly person people photo photos pic pics picture pictures place plan
planned planning plans play point possible powerful pretty probably problem promise proud push question quick quickly
reach read ready real realize reason relax remember remind reminder reminds rest rewarding safe sad send sent serious
set share shared shares sharing shine show showed showing shows simple small sorry sounded sound sounds special spent
spread start started starting stay step stoked stop story stories strong stronger style success suggest super support
supported supporting supportive surround surrounded sweet talk talked talking tasty terrible thank thankful thanks
thats thoughts thrilled tired tons totally tough truly turn turned true type understand understanding unfortunately
unique update updates view wait waiting walk watch welcome wish wishes wishing wonder wonderful wondering wont word
words work worked working works world worries worry worse worst worth wow write wrong yay yep young anywhere similar
single good high low long short black white blue red green colorful bright alive fam bunch pair kid kids son dad mom
mum top front bottom side issue issues source quality provide joke new hot cold large half year's day's week's today's
dude gosh omg btw thx lmk hmm huh gotcha yikes kudos sigh passion passions passionate effort efforts encouragement
encourage optimism optimistic positivity positive strength goal goals challenge challenges act acts action actions way
ways friend friends friendship friendships growth growing grow courage energy struggle struggles beauty relief comfort
situation situations commitment assistance spirit spirits kindness compassion resilience resourcefulness bonding bond
bonds motivate motivation motivated motivating inspiration lack offer offering sign limits particular touching
spending includes include creates create cause causes hit break setting mix suit option options opportunities
possibilities list decision decisions enthusiasm purpose meaning attitude perspective outlook mindset mindful
wellbeing well-being woohoo boost brighten cherishing staying passing pushing provides providing involve involves
recommend recommendation recommendations suggestion suggestions tip tips advice considering thinkin doin ordering
upcoming forth variety types sort sorts level levels example examples item items thing's detail details info
information start-up mention mentioned colleague colleagues somebody's improvement improvements progress proper
specific certain various hand hands plus whoa woah hang hanging hung smile smiles sense dream dreams journey resource
resources solution solutions gain gaining gains effect effects area areas event events
"""
_BEFORE_THINGS = """
a an the my your our his her their its this that these those some any no every each another of at on for with about
from into in and & via new first next last own
"""
_BEFORE_DOINGS = """
to i you we they he she it will would can could should might must may don't didn't doesn't can't won't i'll we'll
you'll they'll i'd we'd let's not never always just really also gonna wanna please i've we've you've been be am is are
was were i'm you're we're they're it's he's she's so very too more
"""
_OBJECTS = """
a an the my your our his her their its this that us me him them it you
"""
_RELATIONS = """
of at on for with about from into in past through over up down around
"""
_BEGINS_NAMES = """
new old great grand big high good best little black white red blue green long hot cold free open young true main
"""
SILENT = frozenset(_SILENT.split())
DULL = frozenset(_DULL.split())
BEFORE_THINGS = frozenset(_BEFORE_THINGS.split())  # "the", "my", "of": a thing follows
BEFORE_DOINGS = frozenset(_BEFORE_DOINGS.split())  # "to", "I", "will": what somebody does or is
OBJECTS = frozenset(_OBJECTS.split())  # after a verb: "lends us", "holds the"
RELATIONS = OBJECTS | frozenset(_RELATIONS.split())
BEGINS_NAMES = frozenset(_BEGINS_NAMES.split())  # before a name they are part of it
