import { Text } from '@mantine/core';
import { encode } from 'uqr';

const border = 4;

/** A link to be scanned from this screen. */
export function QrCode({ link }: { readonly link: string }) {
  const { data, size } = encode(link, { ecc: 'M', border });
  const squares = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
  return (
    <div>
      <svg
        className="portal-qr"
        viewBox={`0 0 ${size} ${size}`}
        role="img"
        aria-label="QR code of your link"
        shapeRendering="crispEdges"
      >
        <path d={squares.join('')} fill="#000" />
      </svg>
      <Text size="sm" c="dimmed" mt={4}>
        Let your friend scan it with the camera.
      </Text>
    </div>
  );
}
