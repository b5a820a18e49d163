/** The words of the made-up account: shops and services, what they test, and in which languages. */

export const sites = [
  { name: 'Northwind Outfitters', host: 'www.northwind-outfitters.example' },
  { name: 'Ledgerly – SaaS billing', host: 'app.ledgerly.example' },
  { name: 'Café Crème Online ☕️', host: 'shop.cafe-creme.example' },
  { name: '旅行の窓 (Travel JP)', host: 'jp.tabi-window.example' },
  { name: 'متجر النخيل', host: 'www.palm-store.example' },
  { name: 'Kiosk & Co. “Daily”', host: 'news.kioskandco.example' },
  { name: 'Übermorgen Möbel', host: 'www.uebermorgen-moebel.example' },
  { name: 'FitLoop 🏃‍♀️ Mobile Web', host: 'm.fitloop.example' },
  { name: 'Harbour Insurance', host: 'quotes.harbour.example' },
  { name: 'Staging (do not use)', host: 'staging.northwind-outfitters.example' },
] as const;

export const areas = [
  { name: 'Checkout', path: 'checkout/' },
  { name: 'Product page', path: 'products/' },
  { name: 'Homepage', path: '' },
  { name: 'Pricing', path: 'pricing/' },
  { name: 'Sign-up', path: 'signup/?step=1' },
  { name: 'Search results', path: 'search?q=shoes&sort=price' },
  { name: 'Cart', path: 'cart/' },
  { name: 'Category list', path: 'c/men/jackets/' },
  { name: 'Blog', path: 'blog/2014/04/11/10-reasons/' },
  { name: 'Onboarding', path: 'welcome/tour' },
] as const;

export const changes = [
  'shorter form',
  'green vs. orange button',
  'hero image with people',
  'sticky "Add to cart"',
  'free shipping banner 🚚',
  'trust badges under the fold',
  'social proof: “1,204 sold today”',
  'two-column layout',
  'annual plan preselected',
  'remove the carousel (finally!)',
  "headline: What's in it for me?",
  'guest checkout first',
  '日本語の見出し',
  'عنوان جديد للصفحة',
  'Größere Produktbilder',
  'prix barré + économie en €',
  'exit-intent offer 50% off',
  'lazy-loaded reviews',
  'price anchoring <b>A</b> & B',
  'cafe\u0301 copy (combining accents)',
  '👨‍👩‍👧 family plan',
  'one-click upsell',
] as const;

export const variationNames = [
  'Variation #1',
  'Variation #2',
  'Bold copy',
  'No image',
  'Grün',
  'ボタン大',
  'Control + badge ✅',
] as const;

export const goalSubjects = [
  { title: 'Add to cart clicks', selector: 'div.cart > button', path: 'cart/' },
  { title: 'Order completed', selector: '#place-order', path: 'checkout/thanks' },
  { title: 'Newsletter signup', selector: 'form.newsletter input[type="submit"]', path: 'newsletter/ok' },
  { title: 'Navigation button clicks', selector: '.portal-navigation > button', path: 'products/' },
  { title: 'Demo requested', selector: 'a.btn-demo', path: 'demo/requested' },
  { title: 'Scrolled to reviews', selector: '.reviews a[href^="#"]', path: 'products/reviews' },
  { title: 'Video played ▶️', selector: '.video-overlay', path: 'tour/video' },
  { title: 'お問い合わせ', selector: '#contact', path: 'contact/' },
  { title: 'Trial started', selector: "button[data-plan='trial']", path: 'signup/done' },
  { title: 'Coupon applied', selector: '.coupon :submit', path: 'cart/coupon' },
] as const;

export const audienceKinds = [
  { name: 'Canadians', conditions: ['and', { type: 'location', value: 'CA' }] },
  {
    name: 'Chrome from a campaign',
    conditions: [
      'and',
      { type: 'browser', value: 'gc' },
      { type: 'query', name: 'utm_campaign', value: 'true' },
    ],
  },
  { name: 'Returning visitors', conditions: ['and', { type: 'first_session', value: 'false' }] },
  {
    name: 'Mobile, not iPad 📱',
    conditions: ['and', { type: 'device', value: 'mobile' }, ['not', { type: 'device', value: 'ipad' }]],
  },
  {
    name: '中文访客',
    conditions: ['or', { type: 'language', value: 'zh' }, { type: 'language', value: 'zh-tw' }],
  },
  { name: 'Uploaded by id', conditions: [] },
  {
    name: 'Big spenders (RTL: עברית)',
    conditions: ['and', { type: 'custom_dimension', name: 'tier', value: 'gold "VIP"' }],
  },
] as const;

export const dimensionNames = [
  'Customer tier',
  'Logged in',
  'Lifetime value',
  'Ülke / Land',
  '会員ランク',
] as const;

export const paragraphs = [
  'Confirming if the navigation is used more or less. #nav',
  'Requested by marketing; see the Q3 deck, slide 14.',
  'Experiment to test out blog post.',
  'Hypothesis: fewer fields → more orders.\n\nNotes:\n- watch mobile\n- stop after 2 weeks',
  'Bitte nicht anfassen! Läuft noch.',
  '',
] as const;
