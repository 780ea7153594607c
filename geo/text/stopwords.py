"""Stop words: everyday words of the supported languages, so that they are not taken for toponyms.

All are folded as geo.text.normalise folds, except Arabic ones, which are folded when they are read. The lists hold the
most frequent words of short messages: counted where messages were available, collected by hand elsewhere. Words that
are also place names (in Creole "kafou", "bo") are left out unless they nearly always mean something else.
"""

COMMON = {
    "ht": """
    chanm dix dlo docteur dokte granmoun kabrit let lise moto no past premye sal sept victim viktim vizite zan
    zil zile
    ab abi abite abri achiv achte adres af ai aid aide aider aidez aime aimerais ak aktivite al ale alo alors
    americain amour ampil an anbasad andan ane ank anko anndan anpil ansent antre anvi anyen ap apati apel apr apre
    apres apri as asistans at aur aura autre autres aux avan ave avec avek averses avm avoir avons bagay bak ban
    banm banmwen bann bay bb be beaucoup bebe besoin beswen bezoin bezwen bezyen bien bis biwo bl blese bliye bo
    bondye bonjou bonjour bonne bonsoir bonswa bous bouzwen bw byen cafe car ce centre cette chache chak che cheri
    cherie chita chof coeur com comme comment concernant crop cv cyber cyclone dan dans dat davans de deja dekonb
    demain demand demande demen demi depatman depi depoze depuis des dey di dieu difikilte difisil digicel dim dire
    diri disponib distribisyon distribiye distt ditou diw djob dnye do dois dokt dola domi donne donner dra ds du
    dwe dye dyob eau ed ede edem edikasyon egzamen ekri elv em email emploi encore enfants enfme enfomasyon
    enfomatyon enpotan enskri enstans entenasyonal epi es eske espwa est et etid etidyan etidye etre evenman exemple
    faire fais fait famille fanm fanmi fanmim fanmiy fason fatra faut fe fem fet fin fini fl fm fok fon fonksyon
    fonksyone fou fr frape froid ft fwa gade gason gen gentan genyen gin gouvenman govt grangou gras gratis gro gwo
    hain ho hy ijan ijans il imigrasyon in info infomasyon infomation information informations infos inivsite
    inscrire is isit isolee it itil itilize jam jamais janm janvier janvye je jen jesus jezi jis jiska job jodi
    jodia jou jwen jwenn ka kab kachipul kado kap kapab kat katastrof katastwof kay ke kek kelke kenbe kesyon ki kib
    kibo kijan kikote kil kile kisa kite ko kob koi kom koman komanse komin kominote komite kon konbyen konen konn
    konnen konnin konprann konsa konsey konsnan konsne kont kontak kontan konte kontinye kote kotem kou kouman
    kounya kounye kouran kouri koute kraze kw kwa la ladan lafen lage lajan lakay lakou lan lap lapli lari lave lavi
    le les leta leve li like lm lokalite lontan lot ma machin madanm madi main maintenant mais mal malad maladi
    malgre man mande mange manje manman manmanm map maten matin me medikaman mein meme men menm mera merci mes mesag
    mesaj mesi message mesye met mete mezanmi mgr mi mila min minis minist minit miz mo moi moman mon monte mou moun
    moune mounn mouri moustik mouye mpa msi mta mw mwa mwayen mwe mwen na nan nap nasyon nasyonzini ne nen nenpt net
    nhn ni nimero nimewo no nom non nos notre nou nouriti nourriture nous nouvel nouvo ns nuit nuksan numero of
    oganizasyon ok okay oke oken okenn okipe on ont or otorite ou oubyen ouv ouvri pa padon pagen paka paket pako
    pale pam pandan panse pap papa par paran parce pare pas pase paske paskem pasp paspo pat pati patisipe pays pedi
    pense peu peut peux peye peyi peyia pi pil pitit pito pl plait plan plas ple pli plis plizy pluie plus plz po
    poko popilasyon posib possible potab pote pou poukisa poul poum poun pounou pour pourrait pouvez pouw pr pral
    pran prekosyon prela premye preval prevues prevwa prezan prezidan pri priye problem puis pur pwela pwoblem
    pwogram pys quand que quel qui rad radio radyo rantre re region rekonstriksyon rele relem remen remercie renmen
    rep replik reponn repons reponse resevwa responsab rete retire retounen retrouve rien rive rs sa saa sais saisme
    sak salut salye sam san sans santi savoir sbkch se seisme sekou sekous seksyon sel selab selman seman seren
    service sevi sevis sezon si sikln sil silvoupl silvouple sim sinistr sinistre sir sit sitiyasyon sitou situation
    siw ske slt sms so soi sommes son sont sos sot soti sou soufri souple sove stp suis sur svp swa swaf swen swete
    ta tampri tan tande tankou tann tanpi tanpri tant tante tap tarenmen te tel telefon temps tente teren terre tes
    the ti timoun to toi tonbe tou toujou toujours tounen tous tout toute toutes touye tranble tranbleman transf
    travail travay traverser tre tremblement tres trete trouve trouver tu twa un une us va vann vant veux vi vie
    viktim vilage village vin vini vinn visa viv vivan viza vle vol vos votre vou voudrais vous voye vre vrman vs
    water we ya yap ye yen yn yo yon youn zaf zanmi zini zonn
    """,
    "fr": """
    ad ai aide aider aidez aime aimerais alors amour apres au aura autre autres aux avec avez avoir avons beaucoup
    besoin bien bonjour bonne bonsoir car ce ces cette cher cherie chez coeur comme comment concernant dans de
    demande depuis des dieu dire dis dois donc donne donner du eau elle elles en encore enfants entre es est et
    etaient etait etes etre eux evenement exemple faire fais fait famille faut fin gens hier ici il ils janvier je
    jour jours jusqu la le les leur leurs lui ma maintenant mais mal malade manger me meme merci mes message moi
    mois mon monde ne nom nos notre nourriture nous nouvelle on ont ou oui par parce pas pendant personne personnes
    peu peut peux plus pour pourquoi pouvez premier pres qu quand que quel quelle quelque qui quoi reponse rien sa
    salut sans savoir se secours ses seulement si sinistres soir soit sommes son sont suis sur temps tente tentes
    toi tous tout toute toutes tremblement tres trouver tu un une vers veut veux victimes vie vient vos votre
    voudrais vous vrai
    """,
    "en": """
    about according across after again all also am an and any are area around as ask assistance assumed at available
    back be because been before behind being below between both but by called camp can city close collapsed
    coordinates could days dead did do does down each east even exact exactly families family far find first food
    for found from general get give given go going good got had has have he help her here him his home house how
    hungry if in injured inside into is it its just kids kilometers know known last like little located location
    locations looking lot many map may me medical message middle miles more most much must my name near nearby need
    needed needs neighborhood new next no none north not now number of off on one only opposite or orphanage other
    our out outside over past people persons phone place placed please possible possibly pronounced provide quake
    report right said same say section see send she shelter should side since sir sit site so some south specific
    still street sure take tell tent tents than thank thanks that the their them then there these they thing this
    those time to too town two unable unknown unspecified until up urgent us verify very victims village want was
    water way we well were west what when where which who will with within without would yes you your zone
    """,
    "es": """
    agua al algo alguien alla ante aqui asi ayuda ayudar bien buenas buenos calle cerca comida como con contra
    cuando de del desde dia donde dos el ella ellos en entre era es esa ese eso esta estamos estan estar este esto
    estoy familia favor fue gente gracias ha hace hacia han hasta hay hemos hola hoy la las le les lo los mas me mi
    mucho muy nada necesita necesitamos necesito ni ninos no nos nosotros otra otro para pero personas poco por
    porque que quien se ser si sin sobre somos son soy su sus tambien tenemos tengo tiene todo todos tu un una unos
    ya yo
    """,
    "sw": """
    asante baada bado barua bila chakula dawa fulani habari hakuna hapa hapo hatuna hii hiyo huko huyu ila ili
    ingine jambo jana jinsi juu kama karibu kati katika kesho kila kitu kuhusu kuja kuna kutoka kuwa kwa kwamba
    kwenye la lakini leo maji mambo mimi mtu mvua na nani naomba ndani ndio ni nina ninyi nje nyumba nyumbani pamoja
    pia polisi sana sasa shida shule siku sisi tafadhali tena tu tuko tumia tuna tunahitaji tunaomba tusaidie vile
    wa wakati wako wangu wapi watoto watu wetu wewe ya yake yangu yetu yote za zaidi zetu
    """,
    "ne": """
    aaja aba aja ani arko aru aspatal bata bhako bhanda bhayo bhitra cha chaina chaincha chan chha chhaina chhan
    dhanyabad dherai dinus euta garnu garnus gaun ghar ghara ghau hami hamilai hamro ho hola hos hudai huncha hunu
    ka kaha kahan kasari ke khana khane kina ko koi kripaya kura lai le ma maile malai matra mero nagar nai namaste
    nera ni pani parcha paryo pathau pathaunu po pugeko ra sabai sahayog samma sanga tapai tira tyaha uddhar yaha
    yahan yo
    """,
    "ar": """
    لا ما لم لن ليس ليست يوجد توجد هناك هنا هنالك هذا هذه ذلك تلك التي الذي الذين أن إن أنا أنت أنتم نحن هو هي هم
    كان كانت يكون تكون قد كل بعض جدا أيضا أو ثم لكن إذا حتى منذ بعد قبل خلال اليوم أمس غدا الآن يوم يومين أيام أسبوع
    أسبوعين شهر شهرين سنة ساعة الصباح المساء الليل ماء مياه الماء المياه مويه موية كهرباء الكهرباء مقطوعة مقطوع
    مقطوعه انقطع انقطعت منقطع منقطعة طعام غذاء خبز دواء أدوية مساعدة مساعده نحتاج محتاج محتاجين عاجل عاجلة ناس الناس
    الناس أهل أطفال طفل نساء امرأة رجل رجال عائلة عائلات أسرة أسر بيت البيت بيتنا بيوت منزل منازل قريتنا حينا عندنا
    عندي لدينا لدي معنا مغلق مغلقة مغلقه مكسور مكسورة معطل معطلة فيضان سيول حريق حرب قصف مرض مريض مرضى جرحى قتلى
    سلام السلام عليكم مرحبا شكرا نعم طيب الرجاء رجاء لو سمحت كم كيف متى أين لماذا ماذا من مشكلة مشكله خطر كبير كبيرة
    صغير صغيرة جديد جديدة يا والله الله غير بدون فقط أكثر أقل كثير قليل تم جاء جاءت وصل وصلت
    أمطار مطر سيل انفجار تفجير فيديو صورة صور بسبب جراء نتيجة إثر حالة حالات عدد العامة خلال كل أي إلا أول آخر آخرين
    حادث حوادث إصابة إصابات مصاب مصابين وفاة ضحايا قتيل قتيلا جثة مصرع مفقود مفقودين غرق غرقت انهار انهارت ينهار سقط
    سقوط إغلاق فتح إطفاء إسعاف إنقاذ دفاع مدني شرطة جيش أمن طوارئ وزارة وزير حكومة بلدية بلديه رئيس مدير مواطن مواطنين
    سيارة سيارات عاصفة رياح رعد جو طقس حر برد داخل خارج أمام خلف تحت فوق وسط حول عبر بين عدم جميع كافة عدة عام خاصة
    أضرار خسائر دمار ركام حصى كمية حجم ارتفاع انقطاع نقص سعر أسعار مال رواتب عمل شغل طبيب دكتور ممرض إسعافات علاج
    ابني ابنتي بنتي زوجي زوجتي أمي أبي أخي أختي جيران جارنا ولد بنت شباب جائع جائعون جائعين عطشان خائف خائفين وين فين
    شو ليش ليه إيش كيفك الحال باقي مين شي شيء هيك كده لسه بس مو مش ما في فيه فيها عليهم علينا لنا لكم لكن معي عندكم
    يضرب يضربني ضربني سرق سرقوا خطف اعتقال اعتقلوا هدد قتل قتلوا جوع عطش قمامة زبالة نفايات صرف صحي مجاري مضخة خزان
    صهريج سلة غذائية مساعدات إغاثة نازحين لاجئين خيمة خيام بطانيات حليب وقود ديزل غاز بنزين كوليرا إسهال حمى ملوث ملوثة
    جاف جافة نستلم يعمل تعمل وصلنا نريد أريد بحاجة انقذونا ساعدونا ضيعة ضيعتنا حارتنا جسر طريق شارع شوارع سوق مركز بئر
    """,
}

# Linking words inside names, which people leave out, swap or glue.
LINKS = """
    a ak al an and at au aux d da de del den des di do du el et in l la las le les lo los nan o of san the to y ya
    في من إلى الى على عن و
"""

# Toponym cues: the word after one is more likely a place ("nan jakmel", "zone pacot"); in Nepali the word before.
CUES = """
    a abite an au aux barrio bo cerca commune dans depi desde en from fy habite huko in karibu katika katye komin
    kominn kutoka lan lavil live lives living mtaa nan near pres quartier rete sektyon seksyon site sot soti sou
    vers vil ville viv vivo zn zon zona zone zonn
    في من إلى الى قرب جنب بجانب عند حي منطقة منطقه مديرية مديريه محافظة محافظه مدينة مدينه قرية قريه شارع
"""
CUES_BEHIND = "bata ma nera tira"

# Feature classes ("street", "school"): alone they name no place, with another word they do.
KINDS = """
    aeroport airport area arrondissement avenue bank banque barabara bas basse bay bazaar bazar beach bel belle
    blanc blanche bois bon bonne boulevard bourg bridge bureau camp carrefour center centre chemin chowk church cite
    city clinic clinique college commune community county croix departement department district east ecole eglise
    entree est fond fort garden gare gaunpalika grand grande haut hauteur hill hills hopital hospital hospitali
    hotel house ile impasse island jardin jilla kanisa kaunti kijiji kilometer km lac lake local localite lycee
    mahanagarpalika main mall marche marg market mji mont morne mosque mountain municipality nagar nagarpalika new
    noir noire nord north nouveau nouvelle numero office old orphanage orphelinat ouest palace palais parc park
    petit petite pharmacie place plage plaine plaza point police pont port poste pradesh prolongee province quartier
    region river rivier riviere road rouge route rue ruelle rural saint santa school section sector shop shri soko
    source south square stade stadium state station street sud terrain theatre tole town universite university
    vallee valley vieux village ville ward west zone
    حي منطقة منطقه مديرية مديريه محافظة محافظه مدينة مدينه قرية قريه شارع طريق مستشفى المستشفى مدرسة مدرسه المدرسة
    مسجد جامع مخيم سوق مطار ميناء جسر سد وادي جبل جامعة مركز بئر حارة
"""

# Synonyms and spellings of one word: all are replaced by the first.
SAME = """
    rue ri ru street str calle
    ruelle riyel ryel riel
    avenue avni av ave avenu
    boulevard blvd bd boulva bulva
    route rout wout rte road rd
    impasse enpas imp inpas inpass
    hopital lopital hospital hopitals lopitals hospitali
    ecole lekol ekol school
    eglise legliz church egliz
    carrefour kafou kfou carefour carfour kalfou kafu karfou
    croix kwa crois croi
    petit ti petite pti piti
    grand gwo gran grande grann gro gros
    saint sen sent ste sainte sint
    haiti ayiti
    cite sitey
    camp kan kanp
    zone zon zonn
    morne monn
    marche mache market
    village vilaj vilage
    nord north
    sud sid south
    est east
    ouest lwes west
    riviere rivye rivie
    place plas
    section seksyon seksion
    airport aeroport ayewopo ayopo
    university universite inivesite
    prolongee prolonge prolong pwolonje prol
    aux o
    bois bwa
    source sous
    plage plaj
    centre center sant
"""
