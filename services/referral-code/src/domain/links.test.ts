import { channels } from '@referral/contracts';
import { landingPage, linkChannel, referralLink, shareUrl } from './links.ts';

const link = referralLink('https://refer.example.com', 'acme-waste', 'KH7N4WP3', 'whatsapp');
const page = { publicUrl: 'https://refer.example.com', slug: 'acme-waste', landingUrl: null };

describe('what opens a channel with the link in it', () => {
  it.each([
    ['whatsapp', 'https://wa.me/', 'text'],
    ['facebook', 'https://www.facebook.com/sharer/sharer.php', 'u'],
    ['x', 'https://x.com/intent/post', 'url'],
    ['telegram', 'https://t.me/share/url', 'url'],
    ['email', 'mailto:', 'body'],
    ['sms', 'sms:', 'body'],
  ] as const)('%s reads the whole link back, whatever the tenant is called', (channel, address, parameter) => {
    const url = shareUrl(channel, link, 'Müll & Söhne? 100% #1');
    expect(url.startsWith(address)).toBe(true);
    expect(new URL(url).searchParams.get(parameter)).toContain(link);
    // In mailto and sms a plus is a plus.
    expect(url).not.toContain('+');
  });

  it.each(['link', 'qr', 'code', 'other'] as const)('%s is the link itself', (channel) => {
    expect(shareUrl(channel, link, 'Acme')).toBe(link);
  });

  it('tells the channel in the link, so that the click is told apart', () => {
    for (const channel of channels) {
      const c = new URL(referralLink('https://refer.example.com', 'acme-waste', 'KH7N4WP3', channel)).searchParams.get(
        'c',
      );
      expect(linkChannel(c)).toBe(channel);
    }
    expect(linkChannel(undefined)).toBe('link');
    expect(linkChannel('carrier-pigeon')).toBe('other');
    expect(linkChannel(['email', 'sms'])).toBe('other');
  });
});

describe('where a link leads', () => {
  it('is the enrolment page unless the programme names another', () => {
    expect(landingPage(page, {})).toBe('https://refer.example.com/enroll/acme-waste');
    expect(landingPage(page, { code: 'KH7N4WP3', visitorId: 'vis_1' })).toBe(
      'https://refer.example.com/enroll/acme-waste?ref=KH7N4WP3&visitor_id=vis_1',
    );
  });

  it('keeps what the tenant has put into its own page', () => {
    const landingUrl = 'https://acme.example/join?utm=spring#form';
    expect(landingPage({ ...page, landingUrl }, { code: 'KH7N4WP3', visitorId: 'vis_1' })).toBe(
      'https://acme.example/join?utm=spring&ref=KH7N4WP3&visitor_id=vis_1#form',
    );
  });
});
